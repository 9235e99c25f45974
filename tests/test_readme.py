"""What the README promises is what the program does."""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any, get_args

import attrs
import numpy as np
import pytest

from tests.support.command import from_words, opened
from tests.support.trained import MODELS
from tuisim import Experiment, read_layers, simulate
from tuisim.claims import learned
from tuisim.claims.checking import check
from tuisim.claims.claim import Verdict
from tuisim.claims.table import CLAIMS
from tuisim.demos.grammar.parser import parse
from tuisim.demos.playing import Differences, checked
from tuisim.demos.still import StillTapeApp
from tuisim.engine.theory.theory import linearised, predict
from tuisim.engine.training.tasks import TASKS
from tuisim.engine.training.training import Step, train
from tuisim.figures.words.verdict import verdict_line
from tuisim.testing import Clock
from tuisim.tui.state.saving import check_session
from tuisim.values.plan import Plan
from tuisim.values.session import load

ROOT = Path(__file__).parents[1]
#: The README, and what it leaves to docs/.
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
README = "\n".join(PAGES.values())
#: These train for half a minute, which .ci/long has.
LEARNED = set() if "TUISIM_LONG" in os.environ else {one.name for one in learned.CLAIMS}
TRIED = re.findall(r"^\d\. `tuisim (.*?)`.*?Verdict: `(.*?)`", README, re.MULTILINE | re.DOTALL)
SHOWN = re.findall(r"^    tuisim (.*?)(?: +#.*| *)$", README, re.MULTILINE)


def test_it_is_short_and_leads_to_each_page() -> None:
    front = PAGES["README.md"]
    assert len(front.splitlines()) <= 300
    assert all(f"({name})" in front for name in PAGES if name != "README.md")


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = PAGES[name]
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]*)\)", page):
        if target.startswith("#"):
            assert target[1:] in [re.sub(r"[^\w-]", "", one.lower().replace(" ", "-"))
                                  for one in headings]  # fmt: skip
        elif not target.startswith("https:"):
            assert (ROOT / name).parent.joinpath(target).resolve().is_file(), target


def test_the_claims_in_the_table_are_all_there_are() -> None:
    # A stroke of its own would end a column.
    lines = (re.split(r"(?<!\\) ?\| ?", one) for one in README.splitlines() if "| **" in one)
    rows = [[cell.replace("\\|", "|") for cell in one[1:-1]] for one in lines]
    assert [(says, where) for says, where, _ in rows] == [
        (one.says, one.where) for one in CLAIMS.values()
    ]
    found = check([one for one in CLAIMS.values() if one.name not in LEARNED])
    for (_, _, words), name in zip(rows, CLAIMS, strict=True):
        verdict = words.removeprefix("**").partition("**")[0]
        assert verdict in get_args(Verdict)
        if name in found:
            assert words.replace("**", "") == found[name].words


async def test_the_example_of_a_test_passes() -> None:
    (shown,) = re.findall(r"^```python\n(.*?)^```$", PAGES["docs/tapes.md"], re.M | re.DOTALL)
    found: dict[str, Any] = {}
    exec(shown, found)
    await found["test_more_radius_explodes"]()


def test_the_example_of_a_session_can_be_opened(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", PAGES["docs/ssh.md"], re.M | re.DOTALL)
    (tmp_path / "lesson.toml").write_text(shown)
    session = load(tmp_path / "lesson.toml")
    check_session(session)
    assert (session.experiment.forget_bias, len(session.pinned), session.step) == (3.0, 1, 40)


async def test_the_example_of_a_tape_holds() -> None:
    (text,) = re.findall(r"^```\n(Hide\n.*?)^```$", PAGES["README.md"], re.MULTILINE | re.DOTALL)
    tape = parse(text)
    assert tape.start is not None
    app = StillTapeApp(clock=Clock(), size=(80, 24), **opened(*tape.start.words))
    assert await checked(tape, app) == Differences(2, ())


def test_there_are_five_things_to_try() -> None:
    assert len(TRIED) == 5


@pytest.mark.parametrize(("words", "verdict"), TRIED)
def test_verdicts(words: str, verdict: str) -> None:
    experiment = from_words(shlex.split(words))
    run = simulate(experiment)
    found = verdict_line(
        run, predict(experiment, run.networks), linearised(experiment, run.networks)
    )
    assert found.startswith(verdict)


def test_numbers_in_the_words_around_them() -> None:
    def factor(*words: str) -> str:
        return verdict_line(simulate(from_words([*words]))).split(" · ")[1]

    assert factor("--radius", "1.0") == "×0.976 a step back"
    assert factor("--preset", "sigmoid", "--activation", "identity") == "×2.000 a step back"
    hidden = simulate(from_words(["--preset", "non-normal"])).hidden_log10[0]
    assert hidden.argmax() == 7
    assert round(10 ** (hidden.max() - hidden[0])) == 15


def trained_by_the_readme() -> Experiment:
    (words,) = (one for one in SHOWN if "--batch 16" in one and "sweep" not in one)
    return from_words(shlex.split(words))


def test_the_training_story() -> None:
    e = trained_by_the_readme()
    steps = list(train(e, Plan(steps=50)))
    assert steps[0].accuracy == 4 / 16 == TASKS["recall"].chance_accuracy
    assert any(one.overshoot for one in steps)
    last = steps[-1]
    assert last.update == 3
    assert last.trouble is not None
    assert last.trouble.words.startswith("h_t grew past every float64")
    clipped = list(train(attrs.evolve(e, clip="norm"), Plan(steps=180)))
    assert clipped[-1].trouble is None
    assert sum(one.accuracy for one in clipped[-20:]) / 20 > 0.95
    assert clipped[-1].spectral_radius > 1.2


def test_what_it_says_of_other_seeds() -> None:
    e = trained_by_the_readme()
    ended = 0
    for seed in range(30):
        steps = list(train(attrs.evolve(e, seed=seed), Plan(steps=50)))
        assert any(one.overshoot for one in steps)
        ended += steps[-1].trouble is not None
    # Measured: 15.
    assert 12 <= ended <= 18


def test_where_training_starts() -> None:
    """Every sequence from one h_0 of root mean square start_rms, as the words about it say."""
    e = Experiment(width=9, depth=4, batch=3, start_rms=0.5)
    for step in train(e, Plan(steps=3)):
        # The norm over the batch: three rows alike, of nine entries each.
        assert 10 ** step.hidden_log10[0] == pytest.approx(0.5 * math.sqrt(27))
    for text in (README, train.__doc__ or "", Step.__doc__ or ""):
        assert re.search(r"random (h_0|start|direction)", text.replace("\n", " "))


def test_the_commands_shown_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(MODELS / "checkpoint.pt", tmp_path)
    np.save("x.npy", np.zeros((4, 3)))
    name = read_layers("checkpoint.pt")[0].name
    plain = [words for words in SHOWN if words.startswith("-")]
    assert len(plain) >= 2
    for words in plain:
        from_words(shlex.split(words.replace("encoder.l1", name)))


def test_the_two_commands_are_there_whole() -> None:
    assert "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/tuisim\n" in README
    assert ".venv-test/bin/pip install -q -e" in README


def test_the_horizon_in_the_words_on_the_table() -> None:
    assert "66 for the plain net" in README
    assert simulate(from_words([])).horizon == 66
    assert simulate(from_words(["--leak", "0.1"])).horizon is None
