"""Users who may write nowhere, or have no home: what was compiled for them is used, else said."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tuisim
from tests.support.caches import copied
from tuisim.system import places

if not hasattr(os, "geteuid") or os.geteuid() != 0:
    pytest.skip("only root may become another user", allow_module_level=True)

#: As most systems number nobody, and a number that no system has given to anybody.
NOBODY, NAMELESS = 65534, 54321

STATE = """
import json, sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from tuisim.engine import warming
    from tuisim.engine.kernels import jit
    from tuisim.engine.kernels.compiler import door
    from tuisim import Experiment, simulate
    kept = warming.kept()
    jit.have_patience(0.0)
    run = simulate(Experiment(width=5, depth=4))
print(json.dumps({"kept": kept, "statistics": door.cache_statistics(), "unkept": door.unkept,
    "warnings": [str(one.message) for one in caught], "rate": run.gradient_rate}))
"""


@pytest.fixture(scope="module")
def open_house() -> Iterator[Path]:
    """A directory that everybody may enter, with a copy of tuisim in it and a filled cache."""
    with tempfile.TemporaryDirectory() as name:
        house = Path(name)
        house.chmod(0o755)
        shutil.copytree(Path(tuisim.__file__).parent, house / "tuisim")
        (house / "work").mkdir()
        (house / "work").chmod(0o777)
        interpreter()
        # The same sources, compiled by a Python of the same version.
        copied(house / "cache")
        yield house


@functools.cache
def interpreter() -> str:
    """A Python of this version that others may start: this one may lie in root's own directory."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (sys.executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        try:
            done = called(program, Path("/"), NOBODY, "-c", "import numba, textual, attrs")
        except OSError:
            continue
        if done.returncode == 0:
            return program
    pytest.skip("no other user can start a Python of this version")


def run(house: Path, user: int, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run that Python as the user, in a directory where all may write."""
    return called(interpreter(), house, user, *words, **environ)


def called(
    program: str, house: Path, user: int, *words: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with PATH, libraries and what is given as all of the environment."""
    libraries = [one for one in sys.path if one.endswith("-packages")]
    path = {"PYTHONPATH": os.pathsep.join([str(house), *libraries]), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [program, *words],
        user=user,
        group=user,
        extra_groups=[],
        cwd=house / "work" if (house / "work").exists() else house,
        env=path | {"LANG": "C.UTF-8"} | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def state(house: Path, user: int, **environ: str) -> Any:
    done = run(house, user, "-c", STATE, **environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_cache_that_can_only_be_read_is_used(open_house: Path) -> None:
    cache = open_house / "cache"
    before = {one: one.stat().st_mtime_ns for one in cache.rglob("*")}
    found = state(open_house, NOBODY, NUMBA_CACHE_DIR=str(cache))
    kept, all = found["kept"]
    assert kept == all > 0
    hits, misses = found["statistics"]
    assert hits > 0
    assert misses == 0
    assert (found["warnings"], found["unkept"]) == ([], None)
    assert {one: one.stat().st_mtime_ns for one in cache.rglob("*")} == before
    doctor = run(open_house, NOBODY, "-m", "tuisim", "doctor", NUMBA_CACHE_DIR=str(cache))
    assert f"{all} of {all} kernels, to be read alone" in doctor.stdout
    assert "cannot be written" not in doctor.stdout
    plot = run(open_house, NOBODY, "-m", "tuisim", "plot", NUMBA_CACHE_DIR=str(cache))
    assert (plot.returncode, plot.stderr) == (0, "")
    warmup = run(open_house, NOBODY, "-m", "tuisim", "warmup", NUMBA_CACHE_DIR=str(cache))
    assert (warmup.returncode, warmup.stderr) == (0, "")
    assert warmup.stdout.startswith(f"0 compiled, {all} found in the cache: {all} kernels, in ")


def test_what_is_missing_there_is_compiled_with_one_warning(open_house: Path) -> None:
    cache = open_house / "partial"
    shutil.copytree(open_house / "cache", cache)
    for one in cache.rglob("triangles._reflect-*.nbc"):
        one.unlink()
    words = ("-m", "tuisim", "plot", "--view", "jacobian", "--width", "5", "--depth", "4")
    environ = {"NUMBA_CACHE_DIR": str(cache)}
    done = run(open_house, NOBODY, *words, **environ)
    assert done.returncode == 0
    warning, compiling = done.stderr.splitlines()
    assert warning.startswith("tuisim: warning: kernels are compiled in memory at every start: ")
    assert warning.endswith("cannot be written")
    # Not "once on a machine".
    assert compiling == "tuisim: compiling kernels"
    doctor = run(open_house, NOBODY, "-m", "tuisim", "doctor", **environ).stdout
    assert "cannot be written, so kernels are compiled at every start; set NUMBA_CACHE" in doctor
    warmup = run(open_house, NOBODY, "-m", "tuisim", "warmup", **environ)
    assert warmup.returncode == 1
    assert warmup.stderr.count("\n") == 1
    assert "cannot be written; make room there" in warmup.stderr


def test_a_user_whom_nobody_knows_is_told_once(open_house: Path) -> None:
    warning = f"kernels are compiled in memory at every start: {places.HOMELESS}"
    words = ("plot", "--view", "jacobian", "--width", "5", "--depth", "4")
    done = run(open_house, NAMELESS, "-m", "tuisim", *words)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        f"tuisim: warning: {warning}",
        "tuisim: compiling kernels",
    ]
    doctor = run(open_house, NAMELESS, "-m", "tuisim", "doctor")
    assert (doctor.returncode, doctor.stderr) == (0, "")
    assert f"warning: {places.HOMELESS}, so kernels are compiled at every start" in doctor.stdout
    warmup = run(open_house, NAMELESS, "-m", "tuisim", "warmup")
    assert (warmup.returncode, warmup.stdout) == (1, "")
    assert warmup.stderr.startswith(f"tuisim: kernels cannot be kept: {places.HOMELESS}; ")
    # Once a directory of the name `~` lay here.
    assert list((open_house / "work").iterdir()) == []


def test_a_place_of_its_own_is_all_that_such_a_user_needs(open_house: Path) -> None:
    found = state(open_house, NAMELESS, NUMBA_CACHE_DIR=str(open_house / "cache"))
    assert found["statistics"][1] == 0
    assert found["warnings"] == []
