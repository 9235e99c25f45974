#!/usr/bin/env bash
# Textual 8.2.8: a widget whose size changes because another one is shown beside it is told so by a
# Resize event. Once anything on the screen has been scrolled, the next such change reaches nobody:
# the size is the new one, on_resize is not called, and what it drew for the old size stays. The
# compositor compares the layout with one that it has already made anew for a look-up in between.
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
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static


class Told(Static):
    def on_resize(self, event):
        self.app.told.append(event.size.width)


class Page(App):
    CSS = "Told { width: 1fr; } #beside { width: 20; display: none; } #list { height: 5; }"

    def compose(self):
        with Horizontal():
            yield Told()
            yield Static("beside", id="beside")
        with VerticalScroll(id="list"):
            yield Static("\n".join(map(str, range(50))))


async def widths(scroll):
    app = Page()
    app.told = []
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        if scroll:
            app.query_one("#list").scroll_to(y=5, animate=False)
            await pilot.pause(1.0)
        app.query_one("#beside").display = True
        for _ in range(100):
            await pilot.pause(0.1)
            if app.query_one(Told).size.width != 80:
                break
        await pilot.pause(1.0)
        return app.told, app.query_one(Told).size.width


for scroll in (False, True):
    told, width = asyncio.run(widths(scroll))
    print(f"scrolled before: {scroll}; told of widths {told}; width in the end {width}")
    expected = ([80], 60) if scroll else ([80, 60], 60)
    if (told, width) != expected:
        raise SystemExit(f"changed: {told, width}, was {expected}")
PY
