"""No test waits without an end, and none hands a shell's ignored signals on to a child."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import default_signals

TESTS = Path(__file__).parent
FILES = [one for one in sorted(TESTS.rglob("*.py")) if "benchmarks" not in one.parts]

#: Methods that wait as long as it takes, unless they are told how long at most.
_WAITS = ("wait", "join", "communicate", "result")
_RUNS = ("run", "call", "check_call", "check_output")


def calls(path: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """(what it is called on, the method, the call) of each call of a method in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        (ast.unparse(node.func.value), node.func.attr, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    # asyncio.wait_for(event.wait(), 10) bounds what is in it.
    bounded = {id(one) for _, method, call in found if method == "wait_for" for one in call.args}
    yield from (one for one in found if id(one[2]) not in bounded)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_every_wait_has_a_bound(path: Path) -> None:
    for owner, method, call in calls(path):
        where = f"{path.name}:{call.lineno}: {owner}.{method}"
        names = {one.arg for one in call.keywords}
        if owner == "subprocess" and method in _RUNS:
            assert names & {"timeout", None}, where
        if method in _WAITS and not call.args:
            assert names & {"timeout", None}, where
        if owner == "subprocess" and method == "Popen":
            assert "preexec_fn" in names, f"{where}: default_signals"


def test_a_child_answers_signals_that_its_parent_ignores() -> None:
    say = "import signal; print(*(int(signal.getsignal(n) is signal.SIG_IGN) for n in (1, 2, 3)))"
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        for prepare, said in ((None, "1 1 1"), (default_signals, "0 0 0")):
            done = subprocess.run(
                [sys.executable, "-c", say],
                capture_output=True,
                text=True,
                timeout=60,
                preexec_fn=prepare,
            )
            assert done.stdout.strip() == said
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
