"""Compiled kernels outlive the process, and where they cannot, that costs time and one warning."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import tuisim
from tests.support.caches import ONE, WARM_UP, copied, files, start
from tuisim.engine import warming
from tuisim.engine.base.compiling import engine_digest
from tuisim.engine.cells import rnn
from tuisim.engine.cells.network import draw
from tuisim.engine.kernels import jit
from tuisim.engine.kernels.compiler import door
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.stream import Stream
from tuisim.engine.sweeps.sweep import sweep
from tuisim.engine.training.training import train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import TASKS, Plan


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache directory in which every kernel lies."""
    return copied(tmp_path_factory.mktemp("cache"))


def test_a_first_process_keeps_what_it_compiles(tmp_path: Path, expected: list[float]) -> None:
    first, second = (start(tmp_path, middle=ONE, patience=60.0) for _ in range(2))
    for answer, statistics in ((first, [0, 1]), (second, [1, 0])):
        assert answer["statistics"] == statistics
        assert answer["kept"][0] == 1
        assert (answer["warnings"], answer["unkept"]) == ([], None)
        assert answer["gradient"] == expected


@pytest.fixture(scope="module")
def second(filled: Path) -> Any:
    """What a process says that finds all there is, and asks for it."""
    before = files(filled)
    return start(filled, middle=WARM_UP) | {"same files": files(filled) == before}


def test_a_second_process_compiles_nothing_and_writes_nothing(
    second: Any, expected: list[float]
) -> None:
    hits, misses = second["statistics"]
    assert (hits, misses) == (len(jit.kernels()), 0)
    assert second["same files"]
    assert second["warnings"] == []
    assert second["gradient"] == expected


def test_every_kernel_there_is_is_compiled_ahead(filled: Path, second: Any) -> None:
    walk = (
        "import importlib, pkgutil, tuisim.engine; "
        "[importlib.import_module(one.name) for one in "
        "pkgutil.walk_packages(tuisim.engine.__path__, 'tuisim.engine.')]"
    )
    kept, all = start(filled, middle=walk)["kept"]
    assert kept == all == second["kept"][1]


#: Files of kernels that a draw and both passes use, and what becomes of each.
DAMAGED = {
    ("gru.passes", "nbi"): "truncated",
    ("vectors._log10_norms", "nbc"): "truncated",
    ("reflections.accumulate", "nbc"): "empty",
    ("reflections.reflect", "nbi"): "empty",
    ("reflections.dots", "nbc"): "garbled",
}


def damage(file: Path, how: str) -> None:
    # The index names files, each of which carries a checksum: garbled, it misses or misnames.
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(
        {
            "truncated": content[:middle],
            "garbled": content[:middle] + b"\x00" * 64 + content[middle + 64 :],
            "empty": b"",
        }[how]
    )


def test_a_damaged_file_is_compiled_anew(filled: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(filled, cache)
    for (kernel, kind), how in DAMAGED.items():
        # There may be code for other processors too, which another test asked for.
        found = list(cache.rglob(f"{kernel}-*.{kind}"))
        assert found
        for one in found:
            damage(one, how)
    # Of the passes that are compiled soonest.
    net = {"cell": "gru", "width": 5, "depth": 4}
    mended, again = (start(cache, middle=ONE, net=net) for _ in range(2))
    expected = simulate(Experiment(**net)).gradient_log10[0].tolist()
    assert mended["gradient"] == again["gradient"] == expected
    # What was made good once is used the next time.
    used, compiled = again["statistics"]
    assert compiled == 0
    # One kernel is made of others, which are there: forward and backward.
    assert mended["statistics"] == [used - len(DAMAGED) + 2, len(DAMAGED)]


def test_an_edit_in_another_file_of_the_engine_is_noticed(tmp_path: Path) -> None:
    package = tmp_path / "site" / "tuisim"
    shutil.copytree(Path(tuisim.__file__).parent, package)
    path = {"PYTHONPATH": str(package.parent)}
    assert door.cache_directory() is not None
    assert door.cache_directory().name == engine_digest()
    # The door takes numba to be asked.
    say = "import tuisim.engine.base.compiling as c; print(c.__file__, c.engine_digest())"

    def directory() -> str:
        return subprocess.run(
            [sys.executable, "-c", say],
            env=os.environ | path,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    before = directory()
    assert before.startswith(str(package))
    assert directory() == before
    with (package / "engine" / "vectors.py").open("a") as source:
        source.write("\n# Another line.\n")
    assert directory() != before


def test_every_use_of_a_kernel_is_the_same_signature() -> None:
    """Another type of array would be compiled at the first key that needs it."""
    jit.have_patience(0.0)
    for changes in (
        {},
        {"tied": False, "bias": 0.1, "drive": "noise", "norm": "batch", "batch": 5},
        {"skip": 3, "leak": 0.5, "residual": 0.25, "activation": "relu", "members": 3},
        {"width": 1, "depth": 1},
        {"cell": "lstm", "bias": 0.1, "batch": 3},
        {"cell": "lstm", "tied": False, "drive": "noise", "activation": "relu"},
        {"cell": "gru", "bias": 0.1, "batch": 3},
        {"cell": "gru", "tied": False, "drive": "noise", "activation": "relu"},
    ):
        experiment = Experiment(**{"width": 6, "depth": 7, **changes})
        run = simulate(experiment, [draw(experiment, one) for one in range(experiment.members)])
        assert np.isfinite(run.weight_gradient_norm).all()
        assert run.slope_log10 is None or run.slope_log10.shape
        stream = Stream(experiment)
        stream.advance(9)
        stream.kick()
        stream.look()
        depths = f"depth={experiment.depth},{experiment.depth + 1}"
        assert np.isfinite(sweep(experiment, "radius=0.9,1.1", depths).values).all()
        trained = attrs.evolve(experiment, tied=True, drive="none", members=1)
        for task in TASKS if trained.depth > 2 else ():
            assert len(list(train(trained, Plan(task=task, steps=2)))) == 2
    for kernel in jit.kernels():
        if "tuisim.engine.cells" in kernel.py_func.__module__:
            assert len(kernel.compiled.signatures) == 1, kernel.__name__


def test_a_kernel_without_its_code_is_not_kept(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(filled, cache)
    monkeypatch.setattr(door, "_directory", cache / engine_digest())
    assert warming.kept() == (len(jit.kernels()), len(jit.kernels()))
    for found in list(cache.rglob("rnn.backward-*.nbc")):
        found.unlink()
    assert warming.kept() == (len(jit.kernels()) - 1, len(jit.kernels()))
    for index in cache.rglob("lstm.passes-*.nbi"):
        index.write_bytes(b"garbled")
    assert warming.kept() == (len(jit.kernels()) - 2, len(jit.kernels()))
    monkeypatch.setattr(door, "_directory", tmp_path / "nowhere")
    assert warming.kept()[0] == 0


def test_code_for_another_processor_is_not_kept(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_directory", filled / engine_digest())
    kernel = rnn.backward.compiled
    codegen = type("Codegen", (), {"magic_tuple": lambda self: ("x86_64", "another", "+avx9")})()
    assert door._ForgivingCache(kernel.py_func).holds(kernel.targetctx.codegen())
    assert not door._ForgivingCache(kernel.py_func).holds(codegen)


def test_another_checkout_finds_the_same_kernels(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(Path(tuisim.__file__).parent, tmp_path / "tuisim")
    cache = tmp_path / "cache"
    shutil.copytree(filled, cache)
    before = files(cache)
    found = start(cache, middle=WARM_UP, options={"cwd": tmp_path}, PYTHONPATH=str(tmp_path))
    assert found["from"] == str(tmp_path / "tuisim" / "__init__.py")
    assert found["statistics"] == [len(jit.kernels()), 0]
    assert found["kept"] == [len(jit.kernels()), len(jit.kernels())]
    assert files(cache) == before


def test_progress_counts_up_to_a_total_that_stays() -> None:
    seen: list[tuple[int, int, str]] = []
    warming.warm_up(lambda done, total, name: seen.append((done, total, name)))
    assert len({total for _, total, _ in seen}) == 1
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    done, total, name = seen[-1]
    assert done == total
    assert name == "ready"
