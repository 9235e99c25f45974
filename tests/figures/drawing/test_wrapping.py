"""Texts are cut with a mark, and wrap under their own text."""

from __future__ import annotations

from tuisim.figures.drawing.wrapping import hanging, paragraph, shortened


def test_what_is_cut_has_a_mark() -> None:
    assert shortened("reals and pairs", 9) == "reals an…"
    assert shortened("reals and pairs", 9, True) == "reals..."
    assert shortened("reals", 5) == "reals"
    assert paragraph("one two three four", 9, 2) == ["one two", "three fo…"]
    assert paragraph("abcdefgh", 3, 3) == ["abc", "def", "gh"]


def test_a_line_wraps_under_its_last_column() -> None:
    found = hanging("  x    field  another one across", 28)
    assert found.split("\n") == ["  x    field  another one", " " * 14 + "across"]
    # As long as that is wide enough to be read, be it less than half.
    found = hanging("  x                field  another one across", 42)
    assert found.split("\n")[1] == " " * 26 + "across"
    assert hanging("  x    field  another one across", 27).split("\n")[1] == "    across"
    assert hanging("plain words here\n\nmore", 10) == "plain\nwords here\n\nmore"
