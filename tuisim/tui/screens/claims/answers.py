"""Answers: what someone predicted of a claim's net, and what came out, in words; no widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from tuisim.figures.drawing.curves import median_curve
from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.words.measured import measured_words
from tuisim.figures.words.rates import factor_words

if TYPE_CHECKING:
    from tuisim.claims.claim import Claim, Evidence
    from tuisim.engine.runs.run import Run

#: What may be predicted of a gradient, by its key.
PREDICTIONS: Mapping[str, str] = {"1": "vanishes", "2": "stays", "3": "explodes"}
_SAYS = {
    "vanishing": "vanishes",
    "dead": "vanishes",
    "stable": "stays",
    "exploding": "explodes",
    "not a number": "is not a number",
}
#: How wide a verdict and a name are in the list.
_VERDICT, _NAME = 13, 20


@attrs.frozen(eq=False)
class Answer:
    """What was predicted of a claim's net, and what was found; None of what is not there yet."""

    predicted: str
    run: Run | None = None
    evidence: Evidence | None = None

    @property
    def found(self) -> str:
        """What the gradient of the net does; empty before it is known."""
        return "" if self.run is None else _SAYS[self.run.regime]


def complete(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Those with all that there is to find."""
    return {name: one for name, one in answers.items() if one.evidence is not None}


def question(claim: Claim) -> tuple[str, str]:
    """What is asked before anything is shown, and what may be answered."""
    depth = claim.experiment.depth
    choices = "  ".join(f"{key} {word}" for key, word in PREDICTIONS.items())
    return f"Of a net to see it on, over {depth} steps back: what does its gradient do?", choices


def result(answer: Answer) -> str:
    """Whether the prediction was right, with the numbers of the net that was played."""
    run = answer.run
    if run is None:
        return ""
    end = format_log10(median_curve(run.gradient_log10)[0])
    right = answer.found == answer.predicted
    said = "As you said, it" if right else f"You said that it {answer.predicted}; it"
    rate = factor_words(run.gradient_rate)
    return f"{said} {answer.found}, {rate} a step back, {end} after {run.experiment.depth}."


def verdict(answer: Answer) -> list[str]:
    """What became of the claim, and the numbers that this was taken from, a line each."""
    evidence = answer.evidence
    if evidence is None:
        return ["Measuring the claim over five seeds …"]
    rows = [f"  {measured_words(one.values, one.unit):<30} {one.what}" for one in evidence.measured]
    return [f"The claim {evidence.words}.", *rows]


def listed(claims: Sequence[Claim], answers: Mapping[str, Answer]) -> list[str]:
    """A line a claim: its name, what became of it, and what it says."""
    lines = []
    for claim in claims:
        answer = answers.get(claim.name)
        evidence = None if answer is None else answer.evidence
        became = "?" if evidence is None else evidence.verdict
        lines.append(f"{claim.name:<{_NAME}} {became:<{_VERDICT}} {claim.says}")
    return lines


def window(count: int, at: int, rows: int) -> range:
    """Which of so many lines are seen where there is room for `rows`, `at` among them."""
    first = min(max(at - rows // 2, 0), max(count - rows, 0))
    return range(first, min(first + rows, count))
