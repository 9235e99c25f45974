"""What a key does to an Experiment, as pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuisim.values.conflicts import NON_NORMAL_SPECTRA
from tuisim.values.eigenvalues import conjugate_units
from tuisim.values.experiment import ACTIVATIONS, CELLS, SPECTRA, Experiment

#: An experiment and the fields that a key changes in it, with notes to say.
Change = Callable[[Experiment], tuple[Mapping[str, Any], tuple[str, ...]]]

# Steps of 0.01 add up; nobody wants to read 0.9300000000000002.
_DIGITS = 10


def radius_by(amount: float) -> Change:
    """Every eigenvalue scales so that the largest modulus changes by this amount."""

    def change(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        if e.spectrum != "eigenvalues":
            return {"radius": round(e.radius + amount, _DIGITS)}, ()
        largest = max(abs(one) for one in e.eigenvalues)
        return radius_to(max(round(largest + amount, _DIGITS), 0.0))(e)

    return change


def radius_to(radius: float) -> Change:
    """Chosen eigenvalues scale so that the largest modulus is this."""

    def change(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        largest = max(abs(one) for one in e.eigenvalues)
        if largest == 0.0:
            return {}, ("all eigenvalues are 0: there is nothing to scale",)
        if radius == 0.0:
            return {}, ("the eigenvalues stay: scaled to 0 they could not be scaled back",)
        return {"eigenvalues": scaled(e.eigenvalues, radius / largest)}, ()

    return change


def scaled(eigenvalues: tuple[complex, ...], factor: float) -> tuple[complex, ...]:
    """The eigenvalues times a factor, conjugate pairs kept exact."""
    return tuple(complex(one.real * factor, one.imag * factor) for one in eigenvalues)


def depth_by(amount: int) -> Change:
    """More or fewer steps."""
    return lambda e: ({"depth": e.depth + amount}, ())


def width_times_two(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Twice the units."""
    return {"width": e.width * 2}, ()


def width_halved(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Half the units."""
    if e.width == 1:
        return {}, ("width stays at 1: allowed are 1…2048",)
    return {"width": e.width // 2}, ()


def activation_by(step: int) -> Change:
    """The next or previous activation."""
    return lambda e: ({"activation": _neighbour(ACTIVATIONS, e.activation, step)}, ())


def cell_by(step: int) -> Change:
    """The next or previous cell."""
    return lambda e: ({"cell": _neighbour(CELLS, e.cell, step)}, ())


def spectrum_by(step: int) -> Change:
    """The next or previous spectrum; "eigenvalues" starts from the present ones."""

    def change(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        # From what a file holds it goes on to what is drawn.
        # Eigenvalues that are chosen go into the layer's own matrix, and are no other spectrum.
        drawn = tuple(one for one in SPECTRA if one != "eigenvalues")
        spectrum = _neighbour((*drawn, "layer") if e.layer else SPECTRA, e.spectrum, step)
        if spectrum == "eigenvalues":
            changes = {
                "spectrum": spectrum,
                "eigenvalues": present_eigenvalues(e),
                "departure": 0.0,
            }
            return changes, dropped_words(not_normal(e))
        if e.spectrum == "eigenvalues":
            radius = max(abs(one) for one in e.eigenvalues)
            return {"spectrum": spectrum, "radius": round(radius, 6), "eigenvalues": ()}, ()
        return {"spectrum": spectrum}, ()

    return change


def present_eigenvalues(e: Experiment) -> tuple[complex, ...]:
    """The eigenvalues of the first member's W."""
    if e.eigenvalues:
        return e.eigenvalues
    from tuisim.engine.cells.network import draw
    from tuisim.engine.maths.spectrum import drawn_eigenvalues

    values = draw(e).eigenvalues if e.layer else drawn_eigenvalues(e, 0)
    # Both of a pair from one of them, so that they are conjugates to the last bit.
    return tuple(
        one
        for value in values
        if value.imag >= 0
        for one in (
            (complex(value.real),)
            if value.imag == 0
            else (complex(value), complex(value).conjugate())
        )
    )


def not_normal(e: Experiment) -> str:
    """What of W goes where its eigenvalues are chosen; empty for a normal W, where nothing does."""
    if e.departure:
        return f"departure {e.departure:g}"
    if e.layer:
        # The upper part of its Schur form stays.
        return ""
    return f"the {e.spectrum} matrix's departure" if e.spectrum in NON_NORMAL_SPECTRA else ""


def dropped_words(what: str) -> tuple[str, ...]:
    """A note of what a W with chosen eigenvalues has dropped."""
    return (f"{what} is dropped: W is normal now",) if what else ()


def toggle_tied(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """One matrix for all steps, or a fresh one each."""
    return {"tied": not e.tied}, ()


def next_seed(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Other random numbers."""
    return {"seed": e.seed + 1}, ()


def start_next(e: Experiment) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The start along the next eigenvector; after the last, a random one again."""
    if e.layer:
        return {}, ("a trained layer has a start of its own",)
    now = e.start_eigenvector
    following = 0 if now is None else now + 1
    if e.width > _MOST_ORDERED:
        if following >= e.width:
            return {"start_eigenvector": None}, (_RANDOM_START,)
        return {"start_eigenvector": following}, (f"start along eigenvector {following}",)
    from tuisim.engine.maths.spectrum import drawn_eigenvalues, eigen_order

    values = drawn_eigenvalues(e, 0)
    values = values[eigen_order(values)]
    if now is not None and values[now].imag > 0:
        # The other half of a pair has the same real part.
        following += 1
    if following >= e.width:
        return {"start_eigenvector": None}, (_RANDOM_START,)
    value = complex(values[following])
    pair = f" ± {value.imag:.3f}i" if value.imag else ""
    note = f"start along eigenvector {following}: λ = {value.real:.3f}{pair}"
    return {"start_eigenvector": following}, (note,)


_RANDOM_START = "start in a random direction"
# The eigenvalues of a wider net are not known at once.
_MOST_ORDERED = 512

#: Action → what it changes.
CHANGES: Mapping[str, Change] = {
    "radius_up": radius_by(0.01),
    "radius_down": radius_by(-0.01),
    "radius_up_fast": radius_by(0.1),
    "radius_down_fast": radius_by(-0.1),
    "depth_up": depth_by(10),
    "depth_down": depth_by(-10),
    "depth_up_fast": depth_by(100),
    "depth_down_fast": depth_by(-100),
    "activation_next": activation_by(1),
    "activation_previous": activation_by(-1),
    "cell_next": cell_by(1),
    "cell_previous": cell_by(-1),
    "spectrum_next": spectrum_by(1),
    "spectrum_previous": spectrum_by(-1),
    "width_up": width_times_two,
    "width_down": width_halved,
    "tied": toggle_tied,
    "seed": next_seed,
    "start_next": start_next,
}


def _neighbour(choices: tuple[str, ...], now: str, step: int) -> str:
    return choices[(choices.index(now) + step) % len(choices)]


class PlaneEdit:
    """Editing single eigenvalues: which unit (a real, or a conjugate pair) is selected.

    A unit keeps its place in the tuple, so the selection survives a move.
    """

    def __init__(self, eigenvalues: tuple[complex, ...], selected: int = 0) -> None:
        self.units = [unit[0] for unit in conjugate_units(eigenvalues)]
        self.selected = min(selected, len(self.units) - 1)

    @property
    def value(self) -> complex:
        """The selected eigenvalue, the one with the positive imaginary part for a pair."""
        return self.units[self.selected]

    @property
    def eigenvalues(self) -> tuple[complex, ...]:
        """All eigenvalues, a pair as two neighbours."""
        return tuple(
            one
            for value in self.units
            for one in ((value,) if value.imag == 0 else (value, value.conjugate()))
        )

    @property
    def index(self) -> int:
        """Where the selected eigenvalue stands in `eigenvalues`."""
        return sum(1 if one.imag == 0 else 2 for one in self.units[: self.selected])

    def select(self, step: int) -> None:
        """Go to the next or previous unit."""
        self.selected = (self.selected + step) % len(self.units)

    def pick(self, near: complex) -> None:
        """Go to the unit of which one is nearest to this."""
        upper = complex(near.real, abs(near.imag))
        self.selected = min(range(len(self.units)), key=lambda one: abs(self.units[one] - upper))

    def stretch(self, amount: float) -> None:
        """Change the modulus, or move a real along its axis."""
        value = self.value
        if value.imag == 0:
            self.units[self.selected] = complex(round(value.real + amount, _DIGITS))
            return
        size = max(round(abs(value) + amount, _DIGITS), 0.01)
        self.units[self.selected] = value / abs(value) * size

    def move(self, to: complex) -> None:
        """Bring it to a place, a pair with either of its two; a real stays on its axis."""
        value = complex(round(to.real, _DIGITS))
        if self.value.imag:
            value += 1j * max(round(abs(to.imag), _DIGITS), _LEAST_ANGLE)
        self.units[self.selected] = value

    def turn(self, angle: float) -> str | None:
        """Change the angle of a pair by radians; it stays a pair.

        Returns:
            what to say where nothing moved.
        """
        import cmath

        value = self.value
        if value.imag == 0:
            return "a real eigenvalue has no angle; x joins it with another real"
        size, phase = cmath.polar(value)
        turned = min(max(phase + angle, _LEAST_ANGLE), cmath.pi - _LEAST_ANGLE)
        self.units[self.selected] = cmath.rect(size, turned)
        return None

    def join_or_split(self) -> str:
        """Split a pair into two reals, or join a real with the nearest other real.

        Returns:
            what happened, or why nothing did.
        """
        value = self.value
        if value.imag != 0:
            size = abs(value)
            spread = min(0.05, size)
            middle = value.real
            self.units[self.selected : self.selected + 1] = [
                complex(round(middle + spread, _DIGITS)),
                complex(round(middle - spread, _DIGITS)),
            ]
            return "split the pair into two reals"
        others = [
            (abs(one.real - value.real), place)
            for place, one in enumerate(self.units)
            if one.imag == 0 and place != self.selected
        ]
        if not others:
            return "there is no other real eigenvalue to join with"
        _, other = min(others)
        middle = 0.5 * (value.real + self.units[other].real)
        self.units[self.selected] = complex(middle, 0.1)
        del self.units[other]
        self.selected -= other < self.selected
        return "joined two reals into a pair"


# A pair that reaches the real axis would no longer be one.
_LEAST_ANGLE = 0.01
