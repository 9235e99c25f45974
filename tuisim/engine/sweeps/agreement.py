"""Whether two machines find the same digits: digests of a draw, of kernels, of linear algebra.

A draw has the same bytes everywhere, and so has what the kernels make of it. Some measures ask
LAPACK and BLAS as well, which have other last digits on other processors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

import attrs
import numpy as np

from tuisim.engine.base.blas import libraries, one_blas_thread
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.sweeps.grid import Grid
from tuisim.values.experiment import ACTIVATIONS, Experiment

#: Measures that are found by kernels alone.
_BY_KERNELS = ("gradient_rate", "hidden_rate", "gradient_log10")
#: Steps, and cells of a grid, that are drawn to compare.
_STEPS, _CELLS = 4, 8
#: The products and decompositions of libraries take other ways at other sizes.
_SIZES = (3, 8, 17, 32, 65, 128, 200)


@attrs.frozen
class Digits:
    """Digests of what a machine found, alike where all digits are.

    Attributes:
        draws: of networks of the grid.
        kernels: of a run of every activation.
        algebra: of products and decompositions; empty where the measure asks for none.
        library: that finds these, and for which processor it thinks that it runs.
    """

    draws: str
    kernels: str
    algebra: str
    library: str

    def apart(self, other: Digits) -> str:
        """What the other machine finds otherwise, in words; empty where nothing."""
        if self.draws != other.draws:
            return f"the nets that are drawn ({other.library} there, {self.library} here)"
        if self.kernels != other.kernels:
            return "what kernels compute"
        if self.algebra != other.algebra:
            return f"its linear algebra ({other.library} there, {self.library} here)"
        return ""


def digits_of(grid: Grid) -> Digits:
    """What this machine finds for nets like those of the grid."""
    return _digits(grid.digest(), grid)


# A Grid is compared by what is in it, which takes longer than its digest.
@lru_cache(4)
def _digits(digest: str, grid: Grid) -> Digits:
    del digest
    with np.errstate(all="ignore"), one_blas_thread():
        return Digits(
            draws=_digest(_drawn(grid)),
            kernels=_digest(_computed()),
            algebra="" if grid.measure in _BY_KERNELS else _digest(_decomposed()),
            library=libraries(),
        )


def _drawn(grid: Grid) -> Iterator[Array]:
    """Arrays of some cells, as many spectra among them as there are."""
    rows, columns = grid.shape
    many = max(rows, columns)
    # Along a diagonal, which comes by every value of both axes.
    cells = [(k * rows // many, k * columns // many) for k in range(many)]
    kept = [cells[k * many // min(many, _CELLS)] for k in range(min(many, _CELLS))]
    for cell in kept:
        try:
            trained = grid.plan is not None
            asked = grid.trial_at(cell).experiment if trained else grid.experiment_at(cell)
            steps = max(1, min(asked.depth, _STEPS))
            network = draw(attrs.evolve(asked, depth=steps, skip=0))
        except ValueError:
            # Of a cell that is not allowed there is nothing to compare.
            continue
        yield from (getattr(network, name) for name in network.shapes)


def _computed() -> Iterator[Array]:
    """Norms of a run of each activation."""
    for activation in ACTIVATIONS:
        run = simulate(Experiment(width=9, depth=20, activation=activation, radius=1.5, bias=0.1))
        yield from (run.hidden_log10, run.gradient_log10)


def _decomposed() -> Iterator[Array]:
    """What libraries make of matrices that are the same everywhere."""
    for n in _SIZES:
        matrix = draw(Experiment(width=n, depth=1, spectrum="gaussian")).weights
        yield matrix @ matrix
        yield matrix[0] @ matrix
        yield np.linalg.qr(matrix)[0]
        yield np.linalg.svd(matrix)[0]
        yield np.exp(matrix)


def _digest(arrays: Iterable[Array]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
