"""The work of a sweep on the workers of a dask cluster."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from concurrent.futures import CancelledError
from typing import Any

from tuisim.engine.base.compiling import engine_digest
from tuisim.engine.sweeps.agreement import Digits, digits_of
from tuisim.engine.sweeps.grid import Grid, Part
from tuisim.engine.sweeps.values import Found, cell_values
from tuisim.system.version import __version__
from tuisim.values.fields import refusal

_PATIENCE = "20s"


class ClusterError(OSError):
    """The cluster cannot be reached, or cannot do the work; the message says which and why."""


def on_cluster(
    address: str, grid: Grid, pieces: Sequence[Sequence[Part]]
) -> Generator[tuple[Sequence[Part], Sequence[Found]], None, None]:
    """Each piece with what was found in it, as the workers are done with it.

    A worker that dies costs time only: the scheduler gives its pieces to others. Workers must have
    this version of the engine, of numba, NumPy and Python, and find the digits that are found here:
    of draws and kernels, and of linear algebra for the measures that ask for it.

    Args:
        address: of a scheduler, like "tcp://host:8786"; tcp where it names no protocol.

    Raises:
        ValueError: no address, or an experiment with a file that the workers do not have.
        ClusterError: distributed is not installed, nobody answers at the address, no worker is
            there or comes in 20 seconds, or one has another version, finds other digits, or fails.
    """
    if grid.experiment.layer:
        raise ValueError("dask: got a trained layer, allowed: nets that are drawn")
    distributed = _distributed()
    try:
        distributed.comm.get_address_host(address)
    except ValueError:
        allowed = "the address of a scheduler, like tcp://HOST:8786"
        raise refusal("dask", address, allowed) from None
    with _connected(distributed, address) as client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise ClusterError(
                f"dask: no workers at {address}: start some with `dask worker {address}`"
            ) from None
        except OSError:
            raise _gone(address) from None
        here = digits_of(grid)
        # Not pure: a result that another client asked for may be of another version.
        futures = client.map(_in_worker, pieces, grid=grid, pure=False)
        waiting = dict(zip(futures, pieces, strict=True))
        del futures
        for future in distributed.as_completed([*waiting], loop=client.loop):
            try:
                version, *rest = future.result()
            except (CancelledError, distributed.comm.CommClosedError):
                raise _gone(address) from None
            except Exception as error:
                reason = f"a worker failed: {type(error).__name__}: {error}"
                raise ClusterError(f"dask: {address}: {reason}") from None
            if version != _version():
                raise ClusterError(
                    f"dask: got a worker with another version of tuisim or its libraries, "
                    f"allowed: {__version__} as here"
                )
            name, digits, found = rest
            apart = here.apart(digits)
            if apart:
                raise ClusterError(
                    f"dask: got a worker at {name} that differs from here in {apart}, "
                    "allowed: workers that find the same digits"
                )
            yield waiting.pop(future), found


def _connected(distributed: Any, address: str) -> Any:
    class Client(distributed.Client):  # type: ignore[misc]
        """One that is closed where it cannot start, or the interpreter's end would wait for it."""

        def start(self, **options: Any) -> None:
            try:
                super().start(**options)
            except BaseException:
                self.close()
                raise

    try:
        return Client(address, timeout=_PATIENCE, set_as_default=False)
    except MemoryError:
        # Such as a dashboard: dask reads the first bytes of its answer as a length.
        reason = "what answers there is no scheduler"
        raise ClusterError(f"dask: {address}: {reason}") from None
    except Exception as error:
        # A protocol that lacks its settings or its library is told by errors of any type.
        raise ClusterError(f"dask: {address}: {error}") from None


def _gone(address: str) -> ClusterError:
    return ClusterError(f"dask: {address}: the scheduler went away")


def _in_worker(parts: Sequence[Part], grid: Grid) -> tuple[str, str, Digits, list[Found]]:
    name = str(_distributed().get_worker().address)
    return _version(), name, digits_of(grid), cell_values(grid, parts)


def _version() -> str:
    return f"{__version__} {engine_digest()}"


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise ClusterError(
            'dask: distributed is not installed, `pip install ".[dask]"` in the clone brings it'
        ) from None
    # It logs what is raised here anyway, in many lines, each of its loggers on its own.
    for name in [*logging.root.manager.loggerDict]:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed
