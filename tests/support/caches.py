"""Processes with a kernel cache of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuisim.engine import warming
from tuisim.engine.base.compiling import engine_digest
from tuisim.engine.kernels.compiler import door

#: Simulates a small net and prints what the cache did, where it lies, and the curve.
PROGRAM = """
import json, warnings
import tuisim
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    {before}
    from tuisim.engine import warming
    from tuisim.engine.kernels import jit
    from tuisim.engine.kernels.compiler import door
    from tuisim.engine.runs.simulate import simulate
    from tuisim.values.experiment import Experiment
    jit.have_patience({patience})
    {middle}
    run = simulate(Experiment(**{net}))
print(json.dumps({{
    "statistics": door.cache_statistics(),
    "unkept": door.unkept,
    "directory": str(door.cache_directory()),
    "warnings": [str(one.message) for one in caught],
    "gradient": run.gradient_log10[0].tolist(),
    "kept": warming.kept(),
    "from": tuisim.__file__,
}}))
"""

#: The small net.
NET = {"width": 5, "depth": 4}

#: The code of two kernels that each run needs and that take a second to compile together.
QUICK = ("reflections.dots-*.nbc", "reflections.reflect-*.nbc")

#: One kernel that takes a fifth of a second to compile.
ONE = """import numpy as np
    from tuisim.engine.kernels.vectors import log10_norms
    with jit.insisting():
        log10_norms(np.ones((1, 2)))"""

#: Every kernel, by way of the public warm-up.
WARM_UP = "warming.warm_up()"


def start(
    cache: Path,
    before: str = "pass",
    middle: str = "pass",
    patience: float = 0.0,
    options: Mapping[str, Any] | None = None,
    net: Mapping[str, Any] = NET,
    **environment: str,
) -> Any:
    """What PROGRAM says in a new process with that cache directory.

    Args:
        before, middle: code before the engine is imported, and before the net is simulated.
        patience: seconds of work before that is compiled.
        net: what is simulated.
    """
    said = {"before": before, "middle": middle, "patience": patience, "net": dict(net)}
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(**said)],
        **{"env": os.environ | {"NUMBA_CACHE_DIR": str(cache)} | environment, **(options or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    return json.loads(answer.stdout)


def copied(target: Path, *without: str) -> Path:
    """A copy of the kernels that this process has, but for files of these names, each there."""
    warming.warm_up()
    source = door.cache_directory()
    assert source is not None
    shutil.copytree(source, target / engine_digest())
    for name in without:
        found = list(target.rglob(name))
        assert found, name
        for one in found:
            one.unlink()
    return target


def files(directory: Path) -> dict[str, int]:
    return {str(one): one.stat().st_mtime_ns for one in directory.rglob("*") if one.is_file()}
