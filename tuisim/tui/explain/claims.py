"""The claims in words: where they are from, what is predicted, and what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.tui.explain.net import formula, matrix

if TYPE_CHECKING:
    from tuisim.claims.claim import Claim

_WHAT = (
    "What the essay says of gradients, what its readers and textbooks do, and some guesses. Each "
    "is measured over five seeds, and its verdict computed from these numbers; `tuisim claims` "
    "prints them all.",
    "",
    "Before anything is shown you are asked what the gradient of one net does on its way back: it "
    "vanishes where less than a thousandth is left at step 0, explodes where it is more than a "
    "thousandfold, and else stays. Then it is played, from the last step to the first.",
)


def claims(claim: Claim | None) -> str:
    """What is listed, and of the one that is chosen its net."""
    lines = ["CLAIMS", "", *_WHAT]
    if claim is not None:
        net = claim.experiment
        lines += ["", f"{claim.says} ({claim.where})", "", "Its net:", "", formula(net)]
        lines.append(f"    with W {matrix(net)}")
    return "\n".join(lines)
