"""Saved pictures keep every character in its cell, whatever fonts the viewer has."""

from __future__ import annotations

import html
import re

import pytest
from rich.cells import cell_len

from tests.support.harness import running

_TEXT = re.compile(
    r'<text class="[^"]*-r\d+" x="([^"]*)" y="([^"]*)" textLength="([^"]*)"[^>]*>(.*?)<'
)
_CELL = 12.2


@pytest.mark.parametrize("ascii", [False, True])
async def test_every_character_stands_in_its_cell(ascii: bool) -> None:
    async with running(size=(100, 30), ascii=ascii) as bench:
        rows = bench.rows
        drawn: dict[float, list[str]] = {}
        for x, y, length, escaped in _TEXT.findall(await bench.svg()):
            text = html.unescape(escaped).replace("\xa0", " ")
            assert float(length) == pytest.approx(cell_len(text) * _CELL, abs=0.11)
            kinds = {"ascii" if one.isascii() else "braille" if "⠀" < one <= "⣿" else one
                     for one in text}  # fmt: skip
            assert len(kinds) == 1 or set(text) <= set("─│╭╮╰╯┤┬└┼╌╎ ")
            row = drawn.setdefault(float(y), [" "] * 100)
            column = round(float(x) / _CELL)
            assert float(x) == pytest.approx(column * _CELL, abs=0.11)
            row[column : column + len(text)] = text
        found = ["".join(drawn[y]) for y in sorted(drawn)]
        assert found == [row.replace("⠀", " ") for row in rows if row.strip()]
