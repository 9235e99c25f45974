"""Where numba was told not to compile, and where the engine does not load: one line says why."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from typing import Any

import pytest

import tuisim as package
from tests.support.command import tuisim
from tests.support.terminal import session
from tuisim.engine.base.compiling import UNCOMPILED, check_compiler


@pytest.mark.parametrize(
    "words",
    [("plot",), ("run",), ("compare",), ("warmup",), ("train",), ("cliff",), ("reservoir",)],
    ids=" ".join,
)
def test_commands_refuse_in_one_line(words: tuple[str, ...]) -> None:
    done = tuisim(*words, NUMBA_DISABLE_JIT="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"tuisim: {UNCOMPILED}\n"


def test_the_app_refuses_before_it_opens() -> None:
    with session(NUMBA_DISABLE_JIT="1") as app:
        code, drawn = app.leave()
    assert code == 1
    assert drawn.decode().strip() == f"tuisim: {UNCOMPILED}"


def test_the_doctor_lives() -> None:
    done = tuisim("doctor", NUMBA_DISABLE_JIT="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"warning: the engine does not load: {UNCOMPILED}" in done.stdout


def test_what_needs_no_kernels_works() -> None:
    assert tuisim("presets", NUMBA_DISABLE_JIT="1").returncode == 0
    assert tuisim("plot", "--depth", "5", NUMBA_DISABLE_JIT="0").returncode == 0


def test_importing_says_why() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from tuisim import simulate"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"ImportError: {UNCOMPILED}"


def test_no_name_of_the_package_hides_why_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise AttributeError("module 'numba' has no attribute 'njit'")

    monkeypatch.setattr(importlib, "import_module", broken)
    for name in package.__all__:
        with pytest.raises(ImportError, match="'numba' has no attribute 'njit'"):
            getattr(package, name)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = package.nonsense


@pytest.mark.parametrize("value", ["", "0", " 0 ", "no"])
def test_values_that_numba_takes_for_no(value: str) -> None:
    check_compiler({"NUMBA_DISABLE_JIT": value})
    check_compiler({})


@pytest.mark.parametrize("value", ["1", " 2 ", "-1"])
def test_values_that_numba_takes_for_yes(value: str) -> None:
    with pytest.raises(ImportError, match="NUMBA_DISABLE_JIT is set"):
        check_compiler({"NUMBA_DISABLE_JIT": value})
