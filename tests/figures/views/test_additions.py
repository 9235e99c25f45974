"""A view that is added is one entry: the app opens and explains it, and the command draws it."""

from __future__ import annotations

import json
import subprocess
import sys

#: Bindings are made of the table when the app is imported, so it is added before that, and what
#: is seen is printed as JSON.
PROGRAM = """
import asyncio, contextlib, io, json
import numpy as np
from tuisim.figures.drawing.figure import WHOLE, Axis, Figure, Series
from tuisim.figures.views import table

def square(scene):
    steps = np.arange(scene.run.experiment.depth + 1.0)
    curve = Series("square", steps, 2 * scene.run.hidden_log10[0], "hidden")
    return Figure("the square of the norm", Axis("t", 0, 20), Axis("", -6, 2, log=True), (curve,))

table.VIEWS["j"] = table.View(
    "j", "square", "squares of norms", (table.Panel("square", square),), "twice the slope",
    reveals=lambda *playing: (WHOLE,),
)

from tests.support.harness import running
from tuisim import Experiment, cli
from tuisim.terminal.config import Config

async def look():
    async with running(Experiment(width=4, depth=20), config=Config()) as bench:
        await bench.press("j")
        seen = {"view": bench.text, "name": bench.app.main.view.name}
        await bench.press("y")
        seen["command"] = bench.notice
        await bench.press("question_mark")
        seen["help"] = bench.app.screen.whole_text()
        await bench.press("escape", "space", "e", "escape", "6", "j")
        titles = [one.title for one in bench.app.get_system_commands(bench.app.screen)]
        return seen | {"palette": titles}

seen = asyncio.run(look())
for words in (["plot", "--view", "square"], ["plot", "--view", "j"]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert cli.main([*words, "--depth", "20", "--columns", "80", "--rows", "20"]) == 0
    seen[words[-1]] = out.getvalue()
print(json.dumps(seen))
"""


def test_one_entry_is_a_view_everywhere() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["name"] == "square"
    assert "the square of the norm" in seen["view"]
    assert "twice the slope" in seen["view"]
    assert "--view square" in seen["command"]
    assert seen["help"].startswith("SQUARES OF NORMS\n\ntwice the slope")
    assert "view_j               squares of norms" in seen["help"]
    assert "view: square, squares of norms" in seen["palette"]
    assert "the square of the norm" in seen["square"]
    assert seen["square"] == seen["j"]
