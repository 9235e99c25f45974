"""What a panel shows, in words with its formula and the current numbers: a module for each view.

May import state, figures and the engine. Begin at norms.py; a new one has a line in PANELS below,
and a panel without one is explained by the caption of its view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tuisim.figures.views.table import VIEWS
from tuisim.tui.explain import activation, jacobian, modes, norms, shrink, spectrum

if TYPE_CHECKING:
    from tuisim.tui.state.computing import Computed

#: Name of a panel → its help, given the run and what the view computed beyond it.
PANELS: Mapping[str, Callable[[Computed, Mapping[str, Any]], str]] = {
    "hidden": norms.hidden,
    "gradient": norms.gradient,
    "plane": spectrum.plane,
    "spectrum": spectrum.plane,
    "singular": spectrum.singular,
    "activation": activation.activation,
    "saturation": activation.saturation,
    "shrink": shrink.shrink,
    "weights": shrink.weights,
    "modes": modes.modes,
    "share": modes.share,
    "jacobian": jacobian.jacobian,
    "lyapunov": jacobian.lyapunov,
}


def explanation(panel: str, computed: Computed | None, measures: Mapping[str, Any]) -> str:
    """Help on a panel with the numbers of what is shown."""
    if computed is None:
        return "There is no run yet: the kernels are still being prepared."
    if panel in PANELS:
        return PANELS[panel](computed, measures)
    (view,) = (one for one in VIEWS.values() if panel in (own.name for own in one.panels))
    return f"{view.title.upper()}\n\n{view.caption}"
