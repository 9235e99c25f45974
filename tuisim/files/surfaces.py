"""An error surface with descent on it, as JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuisim.files.export import own_fields, plain
from tuisim.system.version import __version__

if TYPE_CHECKING:
    from tuisim.engine.surfaces.landscape import Losses, Path


def landscape_json(
    of: Mapping[str, Any],
    names: tuple[str, str],
    edges: tuple[Any, Any],
    loss_log10: Any,
    start: tuple[float, float],
    losses: Losses,
    paths: Sequence[Path],
    command: str | None = None,
) -> str:
    """An error surface with descent on it as a JSON object, ending in a newline.

    `start` has the loss and the gradient (∂L/∂x, ∂L/∂y) where the paths begin. `loss_log10` is
    that in the middles of the cells between the edges, a list of rows over y, each over x. Numbers
    that are not finite are the strings "-inf", "inf", "nan".

    Args:
        of: what the surface is of, by the keys it has in the object.
        names: of x and y.
        command: what writes this object, where a command does.
    """
    content = {
        "tuisim": __version__,
        "command": command,
        **of,
        f"{names[0]}_edges": edges[0],
        f"{names[1]}_edges": edges[1],
        "loss_log10": loss_log10,
        "start": {
            names[0]: start[0],
            names[1]: start[1],
            "loss_log10": losses.loss_log10[0],
            "gradient": losses.gradient[0],
            "gradient_log10": losses.gradient_log10[0],
        },
        "paths": [own_fields(path) for path in paths],
    }
    return json.dumps(plain(content), indent=None, separators=(", ", ": ")) + "\n"


def landscape_csv(
    names: tuple[str, str], edges: tuple[Any, Any], loss_log10: Any, paths: Sequence[Path]
) -> str:
    """The same as CSV with a header: of, step, both parameters, log10 of loss and gradient.

    First the surface, a row for the middle of each cell, which has neither step nor gradient; then
    the paths, a row a step. Numbers that are not finite are -inf, inf and nan.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["of", "step", *names, "loss_log10", "gradient_log10"])
    x, y = (0.5 * (one[1:] + one[:-1]) for one in map(np.asarray, edges))
    for up, row in zip(y.tolist(), np.asarray(loss_log10).tolist(), strict=True):
        cells = zip(x.tolist(), row, strict=True)
        writer.writerows(["surface", "", across, up, loss, ""] for across, loss in cells)
    for path in paths:
        name = "not clipped" if path.threshold is None else "clipped"
        columns = (path.points.tolist(), path.loss_log10.tolist(), path.gradient_log10.tolist())
        for step, (point, loss, gradient) in enumerate(zip(*columns, strict=True)):
            writer.writerow([name, step, *point, loss, gradient])
    return out.getvalue()
