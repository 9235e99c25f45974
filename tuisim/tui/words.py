"""Short texts of the main screen: time, theory, notices. Imports figures' words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuisim.figures.numbers import ascii_text

if TYPE_CHECKING:
    from tuisim.engine.stream import StreamRun
    from tuisim.tui.computing import Diagnosis
    from tuisim.tui.playback import Playback


def phrase(text: str, width: int, ascii: bool) -> str:
    """One line of at most `width` characters, an ellipsis where it was cut."""
    line = " ".join(text.split())
    if ascii:
        line = ascii_text(line)
    if len(line) <= width:
        return line
    end = "..." if ascii else "…"
    return line[: max(width - len(end), 0)].rstrip() + end if width > len(end) else line[:width]


def playing_words(
    playback: Playback, streaming: bool, stream: StreamRun | None, ascii: bool = False
) -> str:
    """Where time stands: ▶ forward t = 37 · 20/s."""
    sign = (">" if ascii else "▶") if playback.playing else ("||" if ascii else "⏸")
    if streaming:
        now = 0 if stream is None else stream.now
        return f"{sign} streaming t = {now} · {playback.speed}/s"
    if playback.step is None:
        return ""
    if playback.phase == "done":
        return f"t = {playback.step}"
    return f"{sign} {playback.phase} t = {playback.step} · {playback.speed}/s"


def theory_words(diagnosis: Diagnosis | None) -> str:
    """The theory that is drawn: its name, which average it speaks of, its source."""
    if diagnosis is None:
        return ""
    theory = diagnosis.prediction
    if not theory.applies:
        return f"theory: none; {theory.why}"
    parts = [theory.average, theory.reference, theory.warning]
    return f"theory: {theory.name}: " + "; ".join(part for part in parts if part)
