"""A run's arrays, states and gradients too, as npz and Parquet, in bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuisim.files.export import (
    NODE_CURVES,
    PER_MEMBER,
    STEP_CURVES,
    SUMMARY,
    curves,
    experiment_fields,
    plain,
)
from tuisim.files.parquet import table_bytes
from tuisim.system.version import __version__
from tuisim.values.command_line import command_line

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run

#: h_t and its gradient, each (members, T+1, batch, n).
_VECTORS = ("states", "gradients")


def run_npz(run: Run) -> bytes:
    """The run's arrays as an npz file, by the names and with the shapes that they have on Run.

    `hidden_log10`, `gradient_log10` (members, T+1) and the other curves that this run has;
    `states`, `gradients` (members, T+1, batch, n); the norms of the whole weight gradient
    (members,). `about` is JSON: version, command, experiment, verdict and rates, from which
    `draw` makes the same matrices again.
    """
    arrays = {name: getattr(run, name) for name in (*_VECTORS, *PER_MEMBER)}
    arrays |= curves(run, NODE_CURVES) | curves(run, STEP_CURVES)
    out = io.BytesIO()
    # Random numbers take long to compress, and get no smaller.
    np.savez(out, **arrays, about=np.array(json.dumps(_about(run, "npz"))))
    return out.getvalue()


def run_parquet(run: Run) -> bytes:
    """The same as a table with a row for each member and t = 0…T.

    Curves over steps are null at t = 0; `states` and `gradients` are lists of batch·n numbers,
    one row of the batch after the other. The metadata `tuisim` is `about`, with the norms of the
    whole weight gradient in it.

    Raises:
        ValueError: pyarrow is not installed.
    """
    members, points = run.hidden_log10.shape
    columns: dict[str, Any] = {
        "member": np.repeat(np.arange(members), points),
        "t": np.tile(np.arange(points), members),
    }
    columns |= {name: one.ravel() for name, one in curves(run, NODE_CURVES).items()}
    for name, one in curves(run, STEP_CURVES).items():
        columns[name] = [value for row in one.tolist() for value in (None, *row)]
    columns |= {name: getattr(run, name).reshape(members * points, -1) for name in _VECTORS}
    whole = plain({name: getattr(run, name) for name in PER_MEMBER})
    return table_bytes(columns, _about(run, "parquet") | whole)


#: By the end of a file's name.
FORMATS: Mapping[str, Callable[[Run], bytes]] = {"npz": run_npz, "parquet": run_parquet}


def _about(run: Run, ending: str) -> dict[str, Any]:
    """What is needed to do it again, and what it came to, in types that JSON knows."""
    command = command_line(run.experiment, "tuisim run")
    about = {
        "tuisim": __version__,
        "numpy": np.__version__,
        # Whatever a file is called, its bytes are these.
        "command": f"{command} --out run.{ending}",
        "experiment": experiment_fields(run.experiment),
        **{name: getattr(run, name) for name in SUMMARY},
    }
    found: dict[str, Any] = plain(about)
    return found
