"""Eigenvalues as a field: reals and conjugate pairs, repeated or cut by pairs."""

from __future__ import annotations

import math
from typing import Any

from tuisim.values.fields import refusal


def checked_eigenvalues(value: Any) -> tuple[complex, ...]:
    """The eigenvalues as a tuple of complex numbers.

    Raises:
        ValueError: not numbers, not finite, or without conjugate partners.
    """
    allowed = "finite reals and conjugate pairs, exactly `width` of them"
    try:
        if isinstance(value, str | bytes) or any(isinstance(one, bool) for one in value):
            raise TypeError
        numbers = tuple(complex(one) + 0 for one in value)
    except (TypeError, ValueError, OverflowError):
        raise refusal("eigenvalues", value, allowed) from None
    if not all(math.isfinite(one.real) and math.isfinite(one.imag) for one in numbers):
        raise refusal("eigenvalues", value, allowed)
    complex_ones = [one for one in numbers if one.imag]
    for one in complex_ones:
        if complex_ones.count(one) != complex_ones.count(one.conjugate()):
            raise ValueError(f"eigenvalues: {one!r} has no conjugate partner, allowed: {allowed}")
    return numbers


def resized_eigenvalues(eigenvalues: tuple[complex, ...], width: int) -> tuple[complex, ...]:
    """Repeat or cut eigenvalues to `width` of them, keeping conjugate pairs whole.

    A pair that would be cut in half leaves its real part, so that the rest stays as it was.
    """
    units = conjugate_units(eigenvalues)
    kept: list[complex] = []
    while len(kept) < width:
        for unit in units:
            room = width - len(kept)
            if room == 0:
                break
            kept.extend(unit if len(unit) <= room else (complex(unit[0].real),))
    return tuple(kept)


def conjugate_units(eigenvalues: tuple[complex, ...]) -> tuple[tuple[complex, ...], ...]:
    """Group eigenvalues into units that move together: (real,) or (λ, λ̄) with Im λ > 0."""
    return tuple(
        (one,) if one.imag == 0 else (one, one.conjugate()) for one in eigenvalues if one.imag >= 0
    )
