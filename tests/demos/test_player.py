"""Casts in asciinema's own player, in a browser: by hand, as it is fetched from npm."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pyte
import pytest

from tuisim import cli

PLAYER = "asciinema-player@3.18.0"
#: Goes to the last screen, and writes what the player knows of the cast into the page.
_SCRIPT = """
const player = AsciinemaPlayer.create({data}, document.getElementById("player"), {preload: true});
setTimeout(async () => {
  const seconds = await player.getDuration();
  await player.seek(seconds - 0.01);
  setTimeout(() => {
    const told = document.createElement("pre");
    told.id = "told";
    const marks = [...document.querySelectorAll(".ap-marker-container")];
    told.textContent = JSON.stringify([seconds, marks.map(one => one.textContent)]);
    document.body.append(told);
  }, 1000);
}, 1000);
"""
_ROW = r'<span class="ap-line"[^>]*>(.*?)</span>\s*(?=<span class="ap-line"|</pre>)'


def shown(folder: Path, cast: str) -> str:
    """The page, with the player on the last screen of a cast."""
    bundle = folder / "package/dist/bundle/asciinema-player"
    page = folder / "page.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="{bundle}.css">'
        f'<div id="player"></div><script src="{bundle}.js"></script>'
        f"<script>const data = {json.dumps(cast)};{_SCRIPT}</script>",
        encoding="utf-8",
    )
    words = ["--headless", "--no-sandbox", "--allow-file-access-from-files", "--dump-dom"]
    done = subprocess.run(
        ["chromium", *words, "--virtual-time-budget=20000", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return done.stdout


@pytest.mark.skipif("TUISIM_LONG" not in os.environ, reason="by hand")
@pytest.mark.parametrize("version", [["--v3"], []])
def test_a_player_shows_the_last_screen_and_a_mark_a_step(
    version: list[str], tmp_path: Path
) -> None:
    if not (shutil.which("npm") and shutil.which("chromium")):
        pytest.skip("needs npm and chromium")
    subprocess.run(["npm", "pack", "--silent", PLAYER], cwd=tmp_path, check=True, timeout=100)
    (archive,) = tmp_path.glob("*.tgz")
    shutil.unpack_archive(archive, tmp_path)
    assert cli.main(["record", "first", *version, "-o", str(tmp_path / "first.cast")]) == 0
    cast = (tmp_path / "first.cast").read_text(encoding="utf-8")
    head, *events = map(json.loads, cast.splitlines())
    size = head.get("term", head)
    screen = pyte.Screen(size.get("cols") or size["width"], size.get("rows") or size["height"])
    stream, steps = pyte.Stream(screen), []
    for _, kind, data in events:
        if kind == "o":
            stream.feed(data)
        else:
            steps.append(data)
    page = shown(tmp_path, cast)
    rows = re.findall(_ROW, page, flags=re.DOTALL)
    texts = [html.unescape(re.sub("<[^>]+>", "", row)) for row in rows]
    assert [one.rstrip() for one in texts] == [one.rstrip() for one in screen.display]
    told = re.search('<pre id="told">(.*?)</pre>', page)
    assert told
    seconds, marks = json.loads(html.unescape(told[1]))
    times = [time for time, *_ in events]
    assert seconds == pytest.approx(sum(times) if version else times[-1], abs=0.01)
    assert [one.partition(" - ")[2] for one in marks] == steps
