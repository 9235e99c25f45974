"""tuisim claims: what is said of gradients, measured."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tuisim.commands.run.apart import work_apart
from tuisim.terminal.terminal import emit, is_terminal, writable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuisim.claims.claim import Claim, Evidence, Measured


def complete_claim(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The claims that begin so."""
    from tuisim.claims.table import CLAIMS

    return [CompletionItem(one) for one in CLAIMS if one.startswith(incomplete)]


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_claim)
@click.option("--json", "as_json", is_flag=True, help="a JSON list")
def claims(names: tuple[str, ...], as_json: bool) -> None:
    """Measure what the essay and its readers claim, each over five seeds.

    The verdicts are computed from the numbers beside them. What was measured once by the same
    program is kept in the user's cache directory.
    """
    from tuisim.claims.checking import check
    from tuisim.claims.table import CLAIMS

    for name in names:
        if name not in CLAIMS:
            raise click.UsageError(f"claim: got {name!r}, allowed: {', '.join(CLAIMS)}")
    chosen = [CLAIMS[name] for name in dict.fromkeys(names) or CLAIMS]
    done: list[int] = [0]
    found: dict[str, Evidence] = {}
    bar = click.progressbar(
        length=len(chosen), label="claims", show_pos=True, file=sys.stderr,
        hidden=not is_terminal(sys.stderr),
    )  # fmt: skip
    with bar:
        work_apart(
            lambda: found.update(check(chosen, lambda count: done.append(count))),
            lambda: bar.update(done[-1] - bar.pos),
        )
    emit(_json(chosen, found) if as_json else _table(chosen, found))


def _json(chosen: list[Claim], found: Mapping[str, Evidence]) -> str:
    from tuisim.files.export import experiment_fields

    rows: list[dict[str, Any]] = []
    for claim in chosen:
        evidence = found[claim.name]
        rows.append({
            "name": claim.name,
            "claim": claim.says,
            "where": claim.where,
            "experiment": experiment_fields(claim.experiment),
            "measured": [
                {"what": one.what, "unit": one.unit, "median": one.median, "values": one.values}
                for one in evidence.measured
            ],
            "verdict": evidence.verdict,
            "because": evidence.because,
        })  # fmt: skip
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _table(chosen: list[Claim], found: Mapping[str, Evidence]) -> str:
    """A paragraph a claim: its name and verdict, what it says, and a line a number."""
    width = min(shutil.get_terminal_size().columns, 100)
    lines: list[str] = []
    for claim in chosen:
        evidence = found[claim.name]
        lines += [
            f"{claim.name}: {evidence.words}",
            *_wrapped(f"{claim.says} ({claim.where})", width),
        ]
        lines += [f"    {_row(one)}" for one in evidence.measured]
        lines.append("")
    return writable("\n".join(lines[:-1]) + "\n", sys.stdout)


def _wrapped(text: str, width: int) -> list[str]:
    from tuisim.figures.drawing.wrapping import wrapped

    return [f"  {line}" for line in wrapped(text, width - 2)]


def _row(one: Measured) -> str:
    """×0.89 (0.88 … 0.90)  what it is."""
    from tuisim.figures.words.measured import measured_words

    return f"{measured_words(one.values, one.unit):<34} {one.what}"
