"""Fields that contradict each other: what is wrong, and which to reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from tuisim.values.eigenvalues import resized_eigenvalues
from tuisim.values.fields import default_of
from tuisim.values.layered import layer_message, layer_resets

#: Whatever has an experiment's fields by their names: an Experiment is made with these conflicts.
Fields = Any

#: Spectra that are not normal to begin with, so that `departure` means nothing there.
NON_NORMAL_SPECTRA = ("gaussian", "reservoir")

#: The fields that belong to the rnn cell alone.
RNN_ONLY = ("leak", "residual", "skip", "norm")

BATCH_NORM_ROWS = 4


@attrs.frozen
class Conflict:
    """Fields that contradict each other: what is wrong, and which to reset."""

    why: str
    message: Callable[[Fields], str | None]
    resets: Callable[[Fields, frozenset[str]], dict[str, Any]]


def _rnn_only_message(e: Fields) -> str | None:
    if e.cell == "rnn":
        return None
    for name in RNN_ONLY:
        if getattr(e, name) != default_of(e, name):
            return (
                f"{name}: got {getattr(e, name)!r} with cell {e.cell!r}, "
                f"allowed: {default_of(e, name)!r} (it belongs to the rnn cell)"
            )
    return None


def _skip_message(e: Fields) -> str | None:
    if e.skip > e.depth:
        return f"skip: got {e.skip!r} with depth {e.depth!r}, allowed: 0 or 2…depth"
    return None


def _skip_resets(e: Fields, asked: frozenset[str]) -> dict[str, Any]:
    if "skip" in asked and "depth" not in asked:
        return {"depth": e.skip}
    return {"skip": e.depth if e.depth >= 2 else 0}


def _batch_norm_message(e: Fields) -> str | None:
    if e.norm == "batch" and e.batch < BATCH_NORM_ROWS:
        return (
            f"batch: got {e.batch!r} with norm 'batch', "
            f"allowed: {BATCH_NORM_ROWS}…4096 (batch norm needs rows to average over)"
        )
    return None


def _batch_norm_resets(e: Fields, asked: frozenset[str]) -> dict[str, Any]:
    if "batch" in asked and "norm" not in asked:
        return {"norm": "none"}
    return {"batch": BATCH_NORM_ROWS}


def _departure_message(e: Fields) -> str | None:
    if e.departure and e.spectrum in NON_NORMAL_SPECTRA:
        return (
            f"departure: got {e.departure!r} with spectrum {e.spectrum!r}, "
            f"allowed: 0 (that spectrum has a departure of its own)"
        )
    return None


def _departure_resets(e: Fields, asked: frozenset[str]) -> dict[str, Any]:
    if "departure" in asked and "spectrum" not in asked:
        return {"spectrum": default_of(e, "spectrum")}
    return {"departure": 0.0}


def _unused_eigenvalues_message(e: Fields) -> str | None:
    if e.eigenvalues and e.spectrum not in ("eigenvalues", "layer"):
        return (
            f"eigenvalues: got {len(e.eigenvalues)} with spectrum {e.spectrum!r}, "
            f"allowed: none (they belong to spectrum 'eigenvalues')"
        )
    return None


def _unused_eigenvalues_resets(e: Fields, asked: frozenset[str]) -> dict[str, Any]:
    if "eigenvalues" in asked and "spectrum" not in asked:
        return {"spectrum": "eigenvalues"}
    return {"eigenvalues": ()}


def _eigenvalue_count_message(e: Fields) -> str | None:
    wanted = e.spectrum == "eigenvalues" or (e.spectrum == "layer" and e.eigenvalues)
    if wanted and len(e.eigenvalues) != e.width:
        return (
            f"eigenvalues: got {len(e.eigenvalues)} with width {e.width!r}, "
            f"allowed: reals and conjugate pairs, exactly `width` of them"
        )
    return None


def _eigenvalue_count_resets(e: Fields, asked: frozenset[str]) -> dict[str, Any]:
    if e.spectrum == "layer":
        # A file's width is what it is.
        return {"eigenvalues": ()}
    if "eigenvalues" in asked and "width" not in asked and e.eigenvalues:
        return {"width": len(e.eigenvalues)}
    return {"eigenvalues": resized_eigenvalues(e.eigenvalues or (complex(e.radius),), e.width)}


def _start_message(e: Fields) -> str | None:
    if e.start_eigenvector is not None and e.start_eigenvector >= e.width:
        return (
            f"start_eigenvector: got {e.start_eigenvector!r} with width {e.width!r}, "
            f"allowed: none or 0…width−1"
        )
    return None


def _start_resets(e: Fields, asked: frozenset[str]) -> dict[str, Any]:
    if "start_eigenvector" not in asked or asked & {"width", "eigenvalues"}:
        return {"start_eigenvector": e.width - 1}
    assert e.start_eigenvector is not None
    width = e.start_eigenvector + 1
    resized = resized_eigenvalues(e.eigenvalues, width) if e.eigenvalues else ()
    return {"width": width, "eigenvalues": resized}


CONFLICTS = (
    Conflict("a trained layer has its own", layer_message, layer_resets),
    Conflict(
        "it belongs to the rnn cell",
        _rnn_only_message,
        lambda e, asked: (
            {"cell": "rnn"}
            if asked & set(RNN_ONLY) and "cell" not in asked
            else {name: default_of(e, name) for name in RNN_ONLY}
        ),
    ),
    Conflict("a skip is at most as long as the depth", _skip_message, _skip_resets),
    Conflict("batch norm needs 4 rows", _batch_norm_message, _batch_norm_resets),
    Conflict(
        "eigenvalues belong to their own spectrum",
        _unused_eigenvalues_message,
        _unused_eigenvalues_resets,
    ),
    Conflict(
        "there are exactly as many eigenvalues as units",
        _eigenvalue_count_message,
        _eigenvalue_count_resets,
    ),
    Conflict("that spectrum has a departure of its own", _departure_message, _departure_resets),
    Conflict("there are only as many eigenvectors as units", _start_message, _start_resets),
)
