"""Kernels are compiled by another process, which ends with the one that asked for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.caches import QUICK, copied, start
from tests.support.processes import default_signals
from tuisim.engine import elsewhere
from tuisim.engine.kernels import jit

#: Begins to prepare, and prints what it is told with the processes that it has.
ASKS = """
import os, sys, threading
from pathlib import Path
from tuisim.engine.elsewhere import Preparation

def told(*at):
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    print(*at[:2], at[3], *children, flush=True)
    THEN

preparation = Preparation()
preparation.begin()
preparation.prepare(told)
"""


def asking(cache: Path, then: str = "pass") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ASKS.replace("THEN", then)],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,
    )


def is_there(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux for processes")
@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_it_ends_with_whoever_asked(end: str, tmp_path: Path) -> None:
    then = "raise SystemExit" if end == "stopped" else "pass"
    with asking(tmp_path, then) as process:
        assert process.stdout is not None
        done, total, _, child = map(int, process.stdout.readline().split())
        assert 0 <= done < total
        if end == "killed":
            assert is_there(child)
            # Somebody else's keys come first.
            own = os.getpriority(os.PRIO_PROCESS, 0)
            assert os.getpriority(os.PRIO_PROCESS, child) == min(19, own + elsewhere._NICENESS)
            process.send_signal(signal.SIGKILL)
        process.wait(60)
    deadline = time.monotonic() + 60
    while is_there(child):
        assert time.monotonic() < deadline, "an orphan"
        os.sched_yield()


def test_what_it_compiled_is_loaded_by_whoever_asked(tmp_path: Path) -> None:
    with asking(copied(tmp_path, *QUICK)) as process:
        output, _ = process.communicate(timeout=300)
    lines = [line.split() for line in output.splitlines()]
    total = len(jit.kernels())
    compiled = [line for line in lines if len(line) == 4]
    # In the process itself none was compiled.
    assert {int(line[2]) for line in lines if len(line) == 3} == {0}
    assert int(compiled[-1][2]) > 0
    assert lines[-1][:2] == [str(total), str(total)]
    assert start(tmp_path)["kept"] == [total, total]


def test_what_is_there_is_loaded_while_the_rest_is_compiled(tmp_path: Path) -> None:
    """Keys are three times as fast with the first kernels, and the last take a minute longer."""
    say = "from tuisim.engine import warming; print('ready', warming.ready(), flush=True)"
    cache = copied(tmp_path, "descent._descended-*.nbc")
    with asking(cache, f"{say} if len(children) else None") as process:
        output, _ = process.communicate(timeout=300)
    ready = [int(line.split()[1]) for line in output.splitlines() if line.startswith("ready")]
    assert ready[0] == 0
    assert 0 < ready[-1] < len(jit.kernels())
    assert ready == sorted(ready)


def test_whoever_waits_goes_on_where_nothing_is_compiled_elsewhere() -> None:
    told: list[tuple[int, int, str, int]] = []
    preparation = elsewhere.Preparation()
    jit.have_patience(0.0)
    try:
        preparation.attend()
        assert jit._choice.left == elsewhere._MOMENT
        assert jit._choice.wait is not None
        preparation.begin()
        preparation.prepare(lambda *at: told.append(at))
        assert told[-1][0] == told[-1][1] == len(jit.kernels())
        preparation.attend()
        assert jit._choice.wait is None
    finally:
        jit.wait_by(None)
        jit.have_patience()
