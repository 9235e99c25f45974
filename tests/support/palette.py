"""The palette, typed into."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette

from tests.support.harness import Bench


async def ask(bench: Bench, text: str, key: str = "colon", answer: str = "") -> None:
    """Type into the palette, wait for its answer to it, and take the first."""
    await bench.press(key)
    palette = bench.app.screen
    assert isinstance(palette, CommandPalette)
    await bench.type(text)
    answers = palette.query_one(CommandList)

    def answered() -> bool:
        first = str(answers.get_option_at_index(0).prompt) if answers.option_count else ""
        return (answer or text) in first

    await bench.wait_for(answered)
    await bench.press("enter")
    await bench.wait_for(lambda: bench.app.screen is bench.app.main)
    await bench.settle()
