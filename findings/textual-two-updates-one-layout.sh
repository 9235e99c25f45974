#!/usr/bin/env bash
# Textual 8.2.8: a widget as wide as its text, whose text is replaced twice before it was idle, with
# a layout of the screen between the two (its terminal has another size, say), keeps the width of
# the text that stood there for that moment, and the newer one is cut, at rest too. Box models are
# kept under a count of the layouts asked for, and the second is not counted while the first has not
# been handed on; another size of the terminal mends it.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check textual==8.2.8
cd "$folder"
timeout 100 "$folder/venv/bin/python" - <<'PY'
import asyncio

from textual.app import App
from textual.containers import Horizontal
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Static


class Page(App):
    CSS = "#words { width: auto; } Horizontal { height: 1; }"

    def compose(self):
        with Horizontal():
            yield Static("one", id="words")


async def widths(between):
    app = Page()
    async with app.run_test(size=(80, 24)) as pilot:
        words = app.query_one("#words")

        def twice():
            words.update("four")
            if between:
                app.screen.post_message(Resize(Size(90, 24), Size(90, 24)))
            app.screen.call_later(words.update, "and eleven!")

        app.screen.call_later(twice)
        await pilot.pause(1.0)
        at_rest = words.size.width
        await pilot.resize_terminal(70, 24)
        await pilot.pause(1.0)
        return at_rest, words.size.width


for between in (False, True):
    at_rest, resized = asyncio.run(widths(between))
    print(f"a layout between: {between}; 11 cells of text in {at_rest}, in {resized} once resized")
    expected = (4, 11) if between else (11, 11)
    if (at_rest, resized) != expected:
        raise SystemExit(f"changed: {at_rest, resized}, was {expected}")
PY
