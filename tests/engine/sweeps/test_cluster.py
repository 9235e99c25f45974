"""Sweeps on a real dask cluster: a scheduler and two workers, each a process on the loopback."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.command import failure
from tests.support.processes import default_signals
from tests.support.sweeping import started, wait_for_work
from tuisim import Experiment, Plan, cli, sweep
from tuisim.engine.base.blas import libraries
from tuisim.engine.maths.eigenvectors import leading_direction
from tuisim.engine.sweeps import agreement
from tuisim.engine.sweeps import cluster as clustering
from tuisim.engine.sweeps.agreement import Digits, digits_of
from tuisim.engine.sweeps.axes import as_axis
from tuisim.engine.sweeps.cluster import ClusterError
from tuisim.engine.sweeps.grid import Grid

#: What nothing here should ever take, in seconds.
PATIENCE = 90.0

AXES = ["radius=0.5:1.5:40", "bias=0:1:30"]
#: Thirty pieces that are done at once.
SHORT = ["--x", "radius=0.5:1.5:4", "--y", AXES[1], "--width", "6", "--depth", "10"]

#: Has the first worker do so many pieces, and hold the next one for ever; others wait for that.
HOLDS = """
import itertools
import threading
import time
from pathlib import Path

from tuisim.engine.sweeps import cluster



def dask_setup(worker):
    done, measured = itertools.count(), cluster.cell_values

    def held(grid, parts):
        if next(done) == PIECES:
            if worker.name == "worker-0":
                Path("held").touch()
                threading.Event().wait()
            while not Path("held").exists():
                time.sleep(0.01)
        return measured(grid, parts)

    cluster.cell_values = held
"""
#: They look after themselves a hundred times a second, which with nothing to do takes longest.
CALM = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
}


@attrs.frozen
class Cluster:
    """A scheduler and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]


@contextlib.contextmanager
def running(
    directory: Path, workers: int = 2, holds: int | None = None, **environment: str
) -> Iterator[Cluster]:
    """A cluster of so many workers; all of its processes are gone at the end.

    Args:
        holds: how many pieces the first worker does before one that it never ends.
    """
    processes: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> subprocess.Popen[bytes]:
        with (directory / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{name.split('-')[0]}", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=directory,
                preexec_fn=default_signals,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | CALM | environment,
            )
        processes.append(process)
        return process

    file = directory / "scheduler.json"
    local = ("--host", "127.0.0.1", "--no-dashboard")
    try:
        scheduler = start("scheduler", *local, "--port", "0", "--scheduler-file", str(file))
        address = json.loads(content_of(file, scheduler))["address"]
        # Without a nanny: it would start a worker that is killed anew.
        options = (*local, "--no-nanny", "--nthreads", "1", "--local-directory", str(directory))
        if holds is not None:
            (directory / "holds.py").write_text(HOLDS.replace("PIECES", str(holds)))
            options += ("--preload", "holds.py")
        names = [f"worker-{place}" for place in range(workers)]
        started = (start(name, address, *options, "--name", name) for name in names)
        yield Cluster(address, scheduler, tuple(started))
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait(PATIENCE)


def content_of(file: Path, writer: subprocess.Popen[bytes]) -> str:
    """The JSON that a process is to write, once all of it is there."""
    end = time.monotonic() + PATIENCE
    while not (file.exists() and file.read_text().strip().endswith("}")):
        assert time.monotonic() < end, "waited in vain"
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"ended with {writer.wait(0.02)}")
    return file.read_text()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("cluster")) as found:
        yield found


def test_the_bytes_are_those_of_this_machine(cluster: Cluster) -> None:
    e = Experiment(width=9, skip=6, members=3)
    axes = ("radius=0.5:1.5:11", "depth=5:50:10")
    here = sweep(e, *axes)
    there = sweep(e, *axes, cluster=cluster.address)
    assert there.values.tobytes() == here.values.tobytes()
    assert there.reasons == here.reasons
    assert here.reasons


def test_nets_are_trained_alike_there(cluster: Cluster) -> None:
    e = Experiment(width=8, batch=20, members=2, clip="norm")
    axes, plan = ("depth=2,6", "remedy=plain,lstm,echo-state"), Plan(learning_rate=0.5, steps=60)
    here = sweep(e, *axes, "success", plan=plan)
    there = sweep(e, *axes, "success", plan=plan, cluster=cluster.address)
    assert there.values.tobytes() == here.values.tobytes()
    assert len({*here.values.ravel().tolist()}) > 1


def test_a_worker_of_another_version_is_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "engine_digest", lambda: "newer")
    with pytest.raises(ClusterError, match="dask: got a worker with another version of tuisim"):
        sweep(Experiment(), *AXES, cluster=cluster.address)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A worker whose BLAS takes its processor for another one than is here."""
    directory = tmp_path_factory.mktemp("elsewhere")
    core = "Nehalem" if "Nehalem" not in libraries() else "Haswell"
    with running(directory, workers=1, OPENBLAS_CORETYPE=core) as found:
        yield found


def test_chaotic_nets_have_the_same_bytes_on_another_processor(elsewhere: Cluster) -> None:
    e = Experiment(radius=1.5, depth=1000, departure=0.3)
    axes = ("radius=1.2:2:5", "spectrum=orthogonal,symmetric,identity")
    for measure in ("gradient_rate", "hidden_rate", "gradient_log10"):
        here = sweep(e, *axes, measure)
        there = sweep(e, *axes, measure, cluster=elsewhere.address)
        assert there.values.tobytes() == here.values.tobytes()
    e = attrs.evolve(e, departure=0.0, spectrum="gaussian")
    here = sweep(e, "radius=1.2:2:5", "tied=true,false")
    there = sweep(e, "radius=1.2:2:5", "tied=true,false", cluster=elsewhere.address)
    assert there.values.tobytes() == here.values.tobytes()


def test_a_worker_that_finds_other_digits_is_refused_by_name(
    elsewhere: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", "--x", "radius=1,1.5", "--y", "depth=5,6", "--dask", elsewhere.address]
    code, line = failure(capsys, [*words, "--measure", "lyapunov"])
    assert code == 1
    assert re.fullmatch(
        r"dask: got a worker at tcp://127\.0\.0\.1:\d+ that differs from here in its linear "
        r"algebra \(openblas [\d.]+ for \w+ there, openblas [\d.]+ for \w+ here\), "
        r"allowed: workers that find the same digits",
        line,
    )


@pytest.mark.parametrize("kind", ["draws", "kernels", "algebra"])
def test_what_differs_is_said(kind: str) -> None:
    here = Digits("a", "b", "c", "OpenBLAS for Zen")
    assert here.apart(here) == ""
    words = here.apart(attrs.evolve(here, **{kind: "d"}, library="MKL"))
    expected = {"draws": "the nets that are drawn", "kernels": "what kernels compute"}
    assert words.startswith(expected.get(kind, "its linear algebra"))
    assert ("MKL there, OpenBLAS for Zen here" in words) == (kind != "kernels")


def test_digits_are_of_what_the_grid_asks_for() -> None:
    grid = Grid(
        Experiment(width=5, depth=9), as_axis("radius=1,2"), as_axis("width=3,4"), "lyapunov"
    )
    found = digits_of(grid)
    assert found == digits_of(attrs.evolve(grid))
    assert digits_of(attrs.evolve(grid, measure="hidden_rate")).algebra == ""
    assert digits_of(attrs.evolve(grid, y=as_axis("width=3,5"))).draws != found.draws
    trained = Grid(grid.experiment, as_axis("steps=5,6"), as_axis("width=3,4"), "success")
    assert digits_of(trained).algebra == found.algebra
    # Cells that are not allowed draw nothing.
    assert digits_of(attrs.evolve(grid, y=as_axis("skip=5,60"))).draws


@pytest.mark.parametrize("spectrum", ["gaussian", "reservoir"])
def test_a_start_along_another_eigenvector_is_another_draw(
    spectrum: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAPACK's last digits hang on the processor, and with them such a start."""
    grid = Grid(
        Experiment(width=4, depth=3, spectrum=spectrum, start_eigenvector=1),
        as_axis("radius=1,2"), as_axis("bias=0,1"), "hidden_rate",
    )  # fmt: skip
    found = digits_of(grid)

    def elsewhere(*arguments: Any) -> Any:
        return np.nextafter(leading_direction(*arguments), np.inf)

    monkeypatch.setattr("tuisim.engine.cells.draws.leading_direction", elsewhere)
    agreement._digits.cache_clear()
    there = digits_of(grid)
    agreement._digits.cache_clear()
    assert there.draws != found.draws


def wait_until_held(process: subprocess.Popen[str], partial: Path, held: Path) -> None:
    """Until some pieces are done, and one never will be by the worker that has it."""
    wait_for_work(process, partial, 3)
    wait_for_work(process, held, 0)


def test_a_worker_that_dies_costs_time_only(tmp_path: Path) -> None:
    here, there = tmp_path / "here.npz", tmp_path / "there.npz"
    words = [*SHORT, "--quiet", "--out"]
    with running(tmp_path, holds=1) as found:
        process = started(*words, str(there), "--dask", found.address)
        wait_until_held(process, tmp_path / "there.npz.partial", tmp_path / "held")
        # Not done, and never to be: what it holds is done once more by the other one.
        assert not there.exists()
        found.workers[0].kill()
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err) == (0, "", "")
        assert found.workers[0].wait(PATIENCE) == -signal.SIGKILL
        assert found.workers[1].poll() is None
    assert cli.main(["sweep", *words, str(here)]) == 0
    assert there.read_bytes() == here.read_bytes()
    assert not (tmp_path / "there.npz.partial").exists()


def test_an_interrupted_client_keeps_what_it_has(cluster: Cluster, tmp_path: Path) -> None:
    path, partial = tmp_path / "map.npz", tmp_path / "map.npz.partial"
    words = ["--x", AXES[0], "--y", AXES[1], "--width", "64", "--depth", "1000"]
    process = started(*words, "--out", str(path), "--dask", cluster.address)
    wait_for_work(process, partial, 3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.endswith(f"the same command goes on from {partial}\n")
    assert err.count("\n") == 1
    assert os.listdir(tmp_path) == ["map.npz.partial"]


def test_a_scheduler_that_goes_away_is_said_in_one_line(tmp_path: Path) -> None:
    with running(tmp_path, workers=1, holds=3) as found:
        words = [*SHORT, "--out", str(tmp_path / "a.npz"), "--dask", found.address]
        process = started(*words)
        wait_until_held(process, tmp_path / "a.npz.partial", tmp_path / "held")
        found.scheduler.kill()
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert err == f"tuisim: dask: {found.address}: the scheduler went away\n"
    assert (tmp_path / "a.npz.partial").exists()


@pytest.mark.parametrize("address", ["nowhere", "", "gopher://x:1", "tcp://x:y", "::1:8786"])
def test_no_address(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", "--x", AXES[0], "--y", AXES[1], "--dask", address]
    code, line = failure(capsys, words)
    assert code == 2
    assert line == (
        f"dask: got {address!r}, allowed: the address of a scheduler, like tcp://HOST:8786"
    )


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "127.0.0.1:1", f"{'x' * 80}:1", "tls://127.0.0.1:1"]
)
def test_nobody_there(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clustering, "_PATIENCE", "1s")
    words = ["sweep", "--x", AXES[0], "--y", AXES[1], "--dask", address]
    code, line = failure(capsys, words)
    assert code == 1
    assert line.startswith(f"dask: {address}: ")
    assert threading.active_count() < 50


def test_a_client_that_cannot_start_leaves_at_once() -> None:
    process = started("--x", AXES[0], "--y", AXES[1], "--dask", "tls://127.0.0.1:1")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert err.startswith("tuisim: dask: tls://127.0.0.1:1: TLS expects")
    # The interpreter's end would find it half built, and say so after a while.
    assert err.count("\n") == 1


def test_who_does_not_answer_is_waited_for_until_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        process = started("--x", AXES[0], "--y", AXES[1], "--dask", address)
        silent.settimeout(PATIENCE)
        with silent.accept()[0]:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, "")


def test_who_speaks_another_protocol_is_no_scheduler(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:

        def answer() -> None:
            with web.accept()[0] as connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"tcp://127.0.0.1:{web.getsockname()[1]}"
        words = ["sweep", "--x", AXES[0], "--y", AXES[1], "--dask", address]
        code, line = failure(capsys, words)
        thread.join(PATIENCE)
    assert (code, line) == (1, f"dask: {address}: what answers there is no scheduler")


def test_workers_that_never_come_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clustering, "_PATIENCE", "1s")
    with running(tmp_path, workers=0) as found:
        words = ["sweep", "--x", AXES[0], "--y", AXES[1], "--dask", found.address]
        code, line = failure(capsys, words)
    assert code == 1
    assert line == (
        f"dask: no workers at {found.address}: start some with `dask worker {found.address}`"
    )


def test_an_address_needs_no_protocol(cluster: Cluster) -> None:
    found = sweep(Experiment(), "depth=2,3", "width=4,5", cluster=cluster.address[len("tcp://") :])
    assert np.isfinite(found.values).all()


def test_without_the_library(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ["sweep", "--x", AXES[0], "--y", AXES[1], "--dask", "tcp://127.0.0.1:1"]
    code, line = failure(capsys, words)
    assert code == 1
    assert line == (
        'dask: distributed is not installed, `pip install ".[dask]"` in the clone brings it'
    )
