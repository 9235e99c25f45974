#!/usr/bin/env bash
# Textual 8.2.8: what widgets had drawn is kept after they were removed, and collected by no pass of
# the garbage collector: StylesCache.get_inner_outer is written as a method of the class ("cls"), but
# is one of each instance, and its lru_cache of 1024 entries so holds the StylesCache, with all rows
# that are rendered, of the last widgets that asked it for their two colours. An app that opens and
# leaves screens grows till 1024 widgets are held; clearing that cache frees them.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check textual==8.2.8
cd "$folder"
timeout 100 "$folder/venv/bin/python" - <<'PY'
import asyncio
import gc
import weakref

from textual._styles_cache import StylesCache
from textual.app import App
from textual.screen import Screen
from textual.widgets import Static


class Page(Screen):
    def compose(self):
        for number in range(10):
            yield Static(f"line {number}")


async def main():
    app = App()
    widgets, caches = [], []
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(5):
            await app.push_screen(Page())
            await pilot.pause()
            app.screen._compositor.render_strips()
            for one in app.screen.query(Static):
                widgets.append(weakref.ref(one))
                caches.append(weakref.ref(one._styles_cache))
            await app.pop_screen()
            await pilot.pause()
        del one

        def alive(found):
            gc.collect()
            return sum(each() is not None for each in found)

        counts = [len(caches), alive(widgets), alive(caches)]
        StylesCache.get_inner_outer.cache_clear()
        return [*counts, alive(caches)]


made, widgets, kept, cleared = asyncio.run(main())
print(f"{made} widgets on screens that were left: {widgets} alive, and what {kept} had drawn")
print(f"after StylesCache.get_inner_outer.cache_clear(): {cleared}")
if (made, widgets, kept, cleared) != (50, 0, 50, 0):
    raise SystemExit("changed: was 50, 0, 50 and 0")
PY
