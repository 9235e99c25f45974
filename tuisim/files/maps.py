"""Sweeps as files: npz, CSV and Parquet, in bytes.

CSV and Parquet have a row for each cell; npz and Parquet hold the experiment too. Words are
written as an axis spells them: true, none, echo-state; the types of npz and Parquet are kept.
"""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.sweeps.axes import SweepAxis, spelled
from tuisim.engine.sweeps.grid import Grid
from tuisim.engine.sweeps.sweep import Sweep
from tuisim.files.parquet import pyarrow_modules, table_bytes
from tuisim.values import toml
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: What libraries and what follows them make of other files than ours.
_OTHERS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    csv.Error,
    BadZipFile,
    zlib.error,
)

#: The columns of a table of cells beyond the two fields and the measure.
REASON = "reason"


def npz_bytes(found: Sweep) -> bytes:
    """The arrays `x`, `y`, `values` (rows of y, columns of x), with all that they are of.

    Of a share of runs also the ends of its interval, as `success_low` and `success_high`; of all
    `reasons` (rows, columns), texts, empty where there is a value; and `about`, JSON with
    the experiment as TOML, the axes and the measure.
    """
    out = io.BytesIO()
    np.savez_compressed(
        out,
        x=np.array([_typed(one, none="none") for one in found.x.values]),
        y=np.array([_typed(one, none="none") for one in found.y.values]),
        values=found.values,
        **_ends(found),
        reasons=np.array(_reasons(found)),
        about=np.array(json.dumps(about(found))),
    )
    return out.getvalue()


def csv_bytes(found: Sweep) -> bytes:
    """A header, and a row for each cell: its x, its y, the value, and why there is none.

    Between these two stand the ends of the interval, where the value is a share of runs.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_names(found))
    writer.writerows((spelled(x), spelled(y), *rest) for x, y, *rest in _cells(found))
    return out.getvalue().encode()


def parquet_bytes(found: Sweep) -> bytes:
    """The table of csv_bytes, with what npz_bytes holds of the experiment as its metadata.

    Raises:
        ValueError: pyarrow is not installed.
    """
    columns = dict(zip(_names(found), zip(*_cells(found), strict=True), strict=True))
    return table_bytes({name: list(values) for name, values in columns.items()}, about(found))


#: By the end of a file's name.
FORMATS: Mapping[str, Callable[[Sweep], bytes]] = {
    ".npz": npz_bytes,
    ".csv": csv_bytes,
    ".parquet": parquet_bytes,
}


def format_of(path: Path, option: str = "out") -> Callable[[Sweep], bytes]:
    """What makes the bytes of a file with this name.

    Args:
        option: where the name was given.

    Raises:
        ValueError: none does, or the library that it takes is not installed.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise ValueError(f"{option}: got {path.name!r}, allowed: a name in {', '.join(FORMATS)}")
    if ending == ".parquet":
        pyarrow_modules()
    return FORMATS[ending]


def about(found: Sweep) -> dict[str, Any]:
    """What is needed to do it again: versions, the experiment as TOML, axes and measure."""
    return found.grid.described() | {"tuisim": found.version, "numpy": np.__version__}


@attrs.frozen(eq=False)
class Table:
    """What is drawn of a sweep: values (rows of y, columns of x), ends as of Sweep.interval.

    grid: what it was asked for; None where a file does not say, as CSV.
    """

    x: SweepAxis
    y: SweepAxis
    measure: str
    values: Array
    ends: tuple[Array, Array] | None
    grid: Grid | None = None


def table_of(found: Sweep) -> Table:
    """What is drawn of a sweep."""
    return Table(found.x, found.y, found.measure, found.values, found.interval(), grid=found.grid)


def read_map(path: Path) -> Table:
    """What is drawn of a file that npz_bytes, csv_bytes or parquet_bytes made.

    Raises:
        ValueError: it holds something else, or pyarrow is not installed, for Parquet.
        OSError: it cannot be read.
    """
    format_of(path, "map")
    data = path.read_bytes()
    try:
        if path.suffix.lower() == ".csv":
            return read_csv(data.decode())
        return (_of_npz if path.suffix.lower() == ".npz" else _of_parquet)(data)
    except _OTHERS:
        raise ValueError(f"{path}: not a map that `tuisim sweep` wrote") from None


def _of_npz(data: bytes) -> Table:
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return _described(json.loads(str(found["about"])), dict(found), "values")


def _of_parquet(data: bytes) -> Table:
    _, parquet = pyarrow_modules()
    table = parquet.read_table(io.BytesIO(data))
    of = json.loads(table.schema.metadata[b"tuisim"])
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return _described(of, columns, of["measure"])


def _described(of: Mapping[str, Any], arrays: Mapping[str, Array], values: str) -> Table:
    """What the arrays are, by what the file says that it is of."""
    experiment = attrs.evolve(Experiment(), **toml.loads(of["experiment"]).changes)
    x, y = SweepAxis.parse(of["x"]), SweepAxis.parse(of["y"])
    plan = Plan(**of["plan"]) if "plan" in of else None
    grid = Grid(experiment, x, y, of["measure"], plan)
    low, high = (
        arrays[name].reshape(grid.shape) if name in arrays else None
        for name in _end_names(grid.measure)
    )
    ends = None if low is None or high is None else (low, high)
    return Table(x, y, grid.measure, arrays[values].reshape(grid.shape), ends, grid)


def read_csv(text: str) -> Table:
    """What csv_bytes wrote.

    Raises:
        ValueError: not a table of all cells of a sweep.
    """
    header, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    measure = header[2] if len(header) > 2 else ""
    numbers = [measure, *_end_names(measure)] if len(header) > 4 else [measure]
    if header != [*header[:2], *numbers, REASON]:
        raise ValueError(f"csv: got the columns {', '.join(header)}, allowed: those of a sweep")
    # Each value once, in the order of the rows.
    across, up = ([*dict.fromkeys(row[place] for row in rows)] for place in (0, 1))
    if [row[:2] for row in rows] != [[x, y] for y in up for x in across]:
        raise ValueError(f"csv: got {len(rows)} rows, allowed: one for each cell of a sweep")
    x, y = (
        SweepAxis.parse(f"{name}={','.join(values)}")
        for name, values in zip(header, (across, up), strict=False)
    )
    values, *ends = (
        np.array([float(row[place]) for row in rows]).reshape(len(up), len(across))
        for place in range(2, len(header) - 1)
    )
    return Table(x, y, measure, values, (ends[0], ends[1]) if ends else None)


def _reasons(found: Sweep) -> list[list[str]]:
    rows, columns = found.values.shape
    return [
        [found.reasons.get((row, column), "") for column in range(columns)] for row in range(rows)
    ]


def _ends(found: Sweep) -> dict[str, Any]:
    """The ends of the intervals by their names; none where there is none."""
    ends = found.interval()
    return {} if ends is None else dict(zip(_end_names(found.measure), ends, strict=True))


def _end_names(measure: str) -> tuple[str, str]:
    return f"{measure}_low", f"{measure}_high"


def _names(found: Sweep) -> list[str]:
    return [found.x.field, found.y.field, found.measure, *_ends(found), REASON]


def _cells(found: Sweep) -> Iterator[tuple[Any, ...]]:
    arrays = (found.values, *_ends(found).values())
    for row, column in np.ndindex(found.values.shape):
        reason = found.reasons.get((row, column), "")
        numbers = (float(one[row, column]) for one in arrays)
        yield _typed(found.x.values[column]), _typed(found.y.values[row]), *numbers, reason


def _typed(value: Any, none: str | None = None) -> Any:
    """A value of an axis in a file that has types, of which a word is text."""
    return none if value is None else spelled(value) if isinstance(value, str) else value
