"""Kernels made to run in one of their two ways, whatever they would choose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from tuisim.engine.kernels import jit


@contextmanager
def plain_only() -> Iterator[None]:
    """No kernel is compiled or loaded, whatever that takes."""

    def plainly(self: jit.Kernel, *arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return self.plain(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jit.Kernel, "__call__", plainly)
        patch.setattr(jit._choice, "left", math.inf)
        yield


@contextmanager
def compiled_only() -> Iterator[None]:
    """Nothing is done plainly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jit.Kernel, "__call__", lambda self, *arguments: self.compiled(*arguments))
        yield
