"""What a view shows, as JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tuisim.files.export import NODE_CURVES, experiment_fields, plain
from tuisim.system.version import __version__
from tuisim.values.command_line import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuisim.figures.views.table import Scene, View

#: What a view draws from the run itself, beside its measures.
_OF_RUN: Mapping[str, tuple[str, ...]] = {"norms": NODE_CURVES, "activation": ("saturation",)}


def view_json(view: View, scene: Scene) -> str:
    """All numbers behind a view as a JSON object, ending in a newline.

    Its measures by name, each an object of arrays with the shapes they have in
    tuisim.engine.diagnosis.measures; a measure that this net does not have is under `missing`, with
    the reason. Complex numbers are strings, and so are those that are not finite.
    """
    run = scene.run
    measures = {name: _fields(one) for name, one in scene.computed.items()}
    curves = {name: getattr(run, name, None) for name in _OF_RUN.get(view.name, ())}
    content = {
        "tuisim": __version__,
        "command": command_line(run.experiment, f"tuisim run --view {view.name}"),
        "experiment": experiment_fields(run.experiment),
        "view": view.name,
        "regime": run.regime,
        "gradient_rate": run.gradient_rate,
        **{name: one for name, one in curves.items() if one is not None},
        **measures,
        "missing": dict(scene.missing),
    }
    return json.dumps(plain(content)) + "\n"


def view_csv(view: View, scene: Scene) -> str:
    """The points of all curves that a view draws, as CSV with a header.

    A row a point: panel, curve, x, y. `scale` is log10 where y is the logarithm of what the axis
    names, so that what lies outside float64 is there too; -inf, inf and nan are such.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["panel", "curve", "x", "y", "scale"])
    for panel in view.panels:
        figure = panel.figure(scene)
        scale = "log10" if figure.y.log else "linear"
        for one in figure.series:
            points = zip(one.x.tolist(), one.y.tolist(), strict=True)
            writer.writerows([panel.name, one.name, x, y, scale] for x, y in points)
        for band in figure.bands:
            for name, edge in (("low", band.low), ("high", band.high)):
                points = zip(band.x.tolist(), edge.tolist(), strict=True)
                writer.writerows(
                    [panel.name, f"{band.name} {name}".strip(), x, y, scale] for x, y in points
                )
    return out.getvalue()


def _fields(measure: Any) -> Any:
    """A measure's fields by name, or the array that it is."""
    if isinstance(measure, np.ndarray):
        return measure
    fields = attrs.asdict(measure, recurse=False)
    return {name: one for name, one in fields.items() if not name.startswith("_")}
