"""The editor of eigenvalues in words: what is moved, and what W becomes."""

from __future__ import annotations

from tuisim.tui.explain.cliff import eigenvalue_words

_WHAT = (
    "W becomes a normal matrix with exactly the eigenvalues in the plane, and the curves follow. "
    "The one that is selected is a diamond, with its conjugate where it is one of a pair: a real "
    "matrix has complex eigenvalues in pairs alone.",
    "",
    "A pair moves along its direction by its modulus, and around by its angle; a real moves along "
    "its axis; the mouse drags either. Two reals join into a pair, and a pair splits into two "
    "reals.",
)


def editor(eigenvalues: tuple[complex, ...], selected: int, drops: str) -> str:
    """What is edited; `drops` is what of W goes with it, empty where that is nothing."""
    lines = ["EDIT EIGENVALUES", "", *_WHAT, ""]
    if drops:
        lines += [f"A change drops {drops}.", ""]
    now = eigenvalue_words(eigenvalues[selected])
    return "\n".join([*lines, f"Now {now} is selected, of {len(eigenvalues)}."])
