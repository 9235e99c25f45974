"""View 9 in words: the error surface, descent on it, and the numbers now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.views.surfaces.landscape import parameter, path_line
from tuisim.tui.state.descending import Choice

if TYPE_CHECKING:
    from tuisim.engine.surfaces.landscape import Losses, Path

_UNIT = (
    "The recurrent net of one unit of Pascanu, Mikolov and Bengio 2013 (figure 6), from h_0 = 0.5:",
    "",
    "    h_t = σ(w h_{t−1} + b),   L = (h_50 − 0.7)²",
    "",
    "For w > 4 it has two stable states. The start lies between them where b = −w/2: a hair beside "
    "that line fifty steps lead to one or to the other, so that the loss falls like a wall, and at "
    "the wall its gradient explodes, each factor w σ′(a) being w/4 > 1:",
    "",
    "    ∂L/∂w = 2(h_50 − 0.7)·Σ_t h_{t−1} σ′(a_t) ∏_{s>t} w σ′(a_s)",
)

_NET = (
    "The net that the keys of the main screen made, with two of W's eigenvalues (or pairs) scaled:",
    "",
    "    W(x, y) = W + (x − 1)·Λ_i + (y − 1)·Λ_j,   L = ½‖h_T − h_T*‖²",
    "",
    "Λ_k = λ_k v_k u_kᵀ is what an eigenvalue with its right and left eigenvectors makes of W, so "
    "that the basis stays as it is; h_T* is what the net gives with the W that it has, at (1, 1), "
    "where L = 0.",
)

_DESCENT = (
    "From S two paths descend, z ← z − η·g, x with the gradient as it is, o with its norm clipped:",
    "",
    "    g ← θ·g/‖g‖   where ‖g‖ > θ",
    "",
    "which keeps the direction. At a wall the plain step is as large as the gradient, and leaps. "
    "Long steps say which way they go, the newest are the bright ones.",
    "",
    "A click on the surface lets descent begin there, the wheel zooms; on the losses a click shows "
    "the path up to that step.",
)


def cliff(
    choice: Choice, eigenvalues: Sequence[complex], paths: Sequence[Path], losses: Losses | None
) -> str:
    """The surface and descent on it, with the numbers now; eigenvalues where these are scaled."""
    lines = ["THE CLIFF", "", *(_NET if eigenvalues else _UNIT), ""]
    lines += [
        f"Here {name} scales {eigenvalue_words(value)}."
        for name, value in zip("xy", eigenvalues, strict=False)
    ]
    lines += [
        *([""] if eigenvalues else []),
        *_DESCENT,
        "",
        f"Now η = {choice.learning_rate:g}, θ = {choice.clip_threshold:g}.",
    ]
    for path in paths:
        lines.append(path_line(path).strip())
        if path.gradient_log10.size:
            at = int(path.gradient_log10.argmax())
            size = format_log10(float(path.gradient_log10[at]), 3)
            lines.append(f"    its largest gradient, {size}, was that of step {at}")
    if losses is not None:
        size = format_log10(float(losses.gradient_log10[0]), 3)
        x, y = (parameter(value) for value in choice.cursor)
        loss = format_log10(float(losses.loss_log10[0]), 3)
        lines.append(f"At the cursor ({x}, {y}) L = {loss}, ‖g‖ = {size}.")
    return "\n".join(lines)


def eigenvalue_words(value: complex) -> str:
    """λ = 0.900, λ = 0.636 ± 0.636i."""
    return f"λ = {value.real:.3f} ± {value.imag:.3f}i" if value.imag else f"λ = {value.real:.3f}"
