"""Parquet, by the library that is optional."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np


def pyarrow_modules() -> tuple[Any, Any]:
    """pyarrow and its part for Parquet.

    Raises:
        ValueError: they are not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ValueError(
            'parquet: pyarrow is not installed, `pip install ".[parquet]"` in the clone brings it'
        ) from None
    return pyarrow, pyarrow.parquet


def table_bytes(columns: Mapping[str, Any], about: Mapping[str, Any]) -> bytes:
    """A table as a Parquet file, with JSON of what it is of as its metadata `tuisim`.

    Args:
        columns: lists or arrays of one value a row, None where there is none; arrays (rows, k)
            become lists of k numbers.

    Raises:
        ValueError: pyarrow is not installed.
    """
    pyarrow, parquet = pyarrow_modules()

    def column(values: Any) -> Any:
        if np.ndim(values) == 1:
            return pyarrow.array(values)
        return pyarrow.FixedSizeListArray.from_arrays(values.ravel(), values.shape[1])

    table = pyarrow.table({name: column(values) for name, values in columns.items()})
    out = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"tuisim": json.dumps(about)}), out)
    return out.getvalue()
