"""Short texts of the main screen: time, theory, notices."""

from __future__ import annotations

import time
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tuisim.figures.drawing.figure import Floats
from tuisim.figures.drawing.numbers import ascii_columns, ascii_text, format_log10
from tuisim.figures.drawing.wrapping import paragraph, shortened, wrapped
from tuisim.figures.views.weights import clip_facts
from tuisim.figures.words.badge import Badge, badge_at, badge_of
from tuisim.figures.words.cause import saturated_word
from tuisim.figures.words.rates import factor_words, horizon_words
from tuisim.figures.words.status import Piece, fit_pieces, status_line
from tuisim.figures.words.verdict import rounding_words, split_fates, verdict_line

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.runs.stream import StreamRun
    from tuisim.engine.theory.theory import Prediction
    from tuisim.figures.views.table import View
    from tuisim.terminal.sessions import Found
    from tuisim.tui.state.bench.window import Window
    from tuisim.tui.state.computing import Computed, Diagnosis
    from tuisim.tui.state.messages import KernelsPrepared
    from tuisim.tui.state.playback import Playback

#: A notice has so many at most.
NOTICE_LINES = 3

#: A verdict with less room is left out.
_LEAST_VERDICT = 20

NOT_TIMED = "nothing that is shown runs over the steps; 1 shows the norms"
STREAMING = "streaming: a key changes the net from now on; i kicks its state, f leaves"


def phrase(text: str, width: int, ascii: bool) -> str:
    """One line of at most `width` characters, an ellipsis where it was cut."""
    return shortened(_line(text, ascii), width, ascii)


def notice(text: str, width: int, ascii: bool, most: int = NOTICE_LINES) -> str:
    """A text that takes at most so many lines of `width` characters, an ellipsis where it was cut.

    What fits is left to the widget, which wraps it alike: a word that it breaks stays one there.
    """
    line = _line(text, ascii)
    if len(wrapped(line, width)) <= most:
        return line
    return "\n".join(paragraph(line, width, most, ascii))


def _line(text: str, ascii: bool) -> str:
    line = " ".join(text.split())
    return ascii_text(line) if ascii else line


def preparing_words(message: KernelsPrepared) -> str:
    """Which kernel is being compiled or loaded; empty once all are there."""
    if message.done >= message.total:
        return ""
    which = f"kernels {message.done + 1}/{message.total}: {message.doing}"
    how = "" if message.again else " (once on a machine)"
    return f"compiling {which}{how}" if message.compiled else f"loading {which}"


def offer_words(found: Found, key: str, width: int, ascii: bool) -> str:
    """What may be gone on with, and the key that does, in one line of this width."""
    session = found.session
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.when))
    pinned = f" · {len(session.pinned)} pinned" * bool(session.pinned)
    begin = f"{key or 'the palette'} goes on where you left it {when}: "
    room = max(width - len(begin) - len(pinned), 1)
    return phrase(f"{begin}{status_line(session.experiment, room, ascii)}{pinned}", width, ascii)


def playing_words(
    playback: Playback, streaming: bool, stream: StreamRun | None, ascii: bool = False
) -> str:
    """Where time stands: ▶ forward t = 37 · 20/s."""
    sign = (">" if ascii else "▶") if playback.playing else ("||" if ascii else "‖")
    dot = "|" if ascii else "·"
    if streaming:
        now = 0 if stream is None else stream.now
        return f"{sign} streaming t = {now} {dot} {playback.speed}/s"
    if playback.step is None:
        return ""
    if playback.phase == "done":
        return f"t = {playback.step}"
    return f"{sign} {playback.phase} t = {playback.step} {dot} {playback.speed}/s"


def facts(run: Run, ascii: bool = False, prediction: Prediction | None = None) -> str:
    """The run's numbers beside the plane, a line each."""
    rate, hidden = run.gradient_rate, run.hidden_rate
    lines = [
        f"gradient   {factor_words(rate)} a step back",
        f"state      {factor_words(hidden)} a step",
        f"horizon    {horizon_words(run)}",
        f"{saturated_word(run.experiment):<10} {100 * float(run.saturation.mean()):.0f} % of units",
        f"‖∂L/∂h_0‖  {format_log10(middle(run.gradient_log10[:, 0]))}",
        f"‖h_T‖      {format_log10(middle(run.hidden_log10[:, -1]))}",
    ]
    if run.cell_gradient_log10 is not None:
        kept = run.cell_gradient_log10
        lines.append(f"‖∂L/∂c_0‖  {format_log10(middle(kept[:, 0]))}")
    lines += [f"{what:<10} {words}" for what, words in clip_facts(run)]
    split = split_fates(run)
    if split:
        # A line each, which breaks nowhere else.
        lines.append(f"members    {split}".replace(", ", ",\n" + 11 * " "))
    lines += [f"rounding   {words}" for words in rounding_words(prediction, "")]
    text = "\n".join(lines)
    return ascii_columns(text) if ascii else text


def stream_facts(look: StreamRun, ascii: bool = False) -> str:
    """The same numbers of a stream's newest steps."""
    newest = look.newest
    rate, hidden = newest.gradient_rate, newest.hidden_rate
    lines = [
        f"gradient   {factor_words(rate)} a step back",
        f"state      {factor_words(hidden)} a step",
        f"horizon    {horizon_words(newest)}",
        f"window     {newest.window} steps",
        f"‖∂L/∂h_t‖  {format_log10(middle(newest.gradient_log10[:, 0]))} at its start",
        f"‖h_t‖      {format_log10(middle(newest.hidden_log10[:, -1]))} now",
    ]
    text = "\n".join(lines)
    return ascii_columns(text) if ascii else text


def speed_words(speed: int) -> str:
    """How fast playing goes."""
    return f"{speed} step{'s' if speed > 1 else ''} a second"


def window_words(window: Window, key: str, streams: bool = False) -> str:
    """Which steps are shown, or of a run without end how many, and the key that shows all."""
    if window.span is None:
        return "all steps"
    low, high = window.span
    steps = f"{window.steps} steps a page" if streams else f"steps {low} to {high}"
    return f"{steps}{f'; {key} shows all' if key else ''}"


def middle(values: Floats) -> float:
    """The median, without a word where infinities of both signs meet."""
    with np.errstate(invalid="ignore"):
        return float(np.median(values))


def verdict_badge(
    computed: Computed,
    stream: StreamRun | None,
    playback: Playback,
    before: bool = False,
) -> Badge:
    """The verdict on what is shown; while it is played, as far as that is.

    Args:
        before: whether the run is not of the newest net that was asked for.
    """
    if stream is not None:
        newest: Any = stream.newest
        return badge_of(newest, before=before)
    step, phase = playback.step, playback.phase
    if phase != "done" and step is not None:
        step = min(step, computed.experiment.depth)
        return attrs.evolve(badge_at(computed.run, step, phase), before=before)
    return whole_badge(computed, before)


def whole_badge(computed: Computed, before: bool = False) -> Badge:
    """The verdict on a whole run, with what is known of it."""
    found = computed.diagnosis
    if found is None:
        return badge_of(computed.run, before=before)
    return badge_of(computed.run, found.prediction, found.linearised, before, found.why)


def pinned_words(pinned: Run | None, width: int, ascii: bool) -> str:
    """The verdict on the newest pinned run; empty where there is none."""
    if pinned is None:
        return ""
    return f"pinned: {verdict_line(pinned, width=max(width - 8, 1), ascii=ascii)}"


def view_words(
    view: View, diagnosis: Diagnosis | None, streaming: bool, width: int, ascii: bool
) -> str:
    """What the line under the plots says: the theory drawn, or how to read the view."""
    if view.streams:
        return theory_words(diagnosis, streaming, width, ascii)
    if streaming:
        return f"view {view.key} shows the last run, not the stream, which view 1 follows"
    return view.caption


def theory_words(
    diagnosis: Diagnosis | None, streaming: bool, width: int, ascii: bool = False
) -> str:
    """The theory that is drawn: its name, which average it speaks of, its source.

    What there is no room for is left out whole, a warning last; the help has all of it.
    """
    if streaming:
        return "theory: none while streaming; the gradient is that of the last T steps"
    if diagnosis is None:
        return ""
    theory = diagnosis.prediction
    if not theory.applies:
        return f"theory: none; {theory.why}"
    # "bound: bound" says nothing twice, and "bound: bound on every member" one thing.
    average = "" if theory.average in theory.name else theory.average
    average = average.removeprefix(f"{theory.name} ")
    # The newest reference goes first.
    sources = [one for one in theory.reference.split("; ") if one]
    parts = [average, *sources, theory.warning]
    ranks = [0, *range(2, 2 + len(sources)), 1]
    first, *rest = (Piece(part, rank=rank) for part, rank in zip(parts, ranks, strict=True) if part)
    named = Piece(f"theory: {theory.name}: {first.text}")
    return fit_pieces([named, *rest], width, ascii, "; ")


def taken_words(updates: int) -> str:
    """What is shown of a training, and what can be done with it."""
    made = "1 update" if updates == 1 else f"{updates} updates"
    return (
        f"the net after {made}, driven by the batch of the next; 8 goes back to its training, "
        "u to the net before, : save NAME.safetensors keeps it"
    )


def rewritten_words(path: str, updates: int, written: float) -> str:
    """Which update of a watched file is shown.

    Args:
        written: seconds since the epoch.
    """
    return f"update {updates} of {PurePath(path).name}, written at {_clock(written)}"


def checkpoint_words(name: str, place: int, count: int, written: float) -> str:
    """Which checkpoint of a history is shown; `written` as above."""
    then = time.localtime(written)
    day = "" if then[:3] == time.localtime()[:3] else time.strftime("%Y-%m-%d ", then)
    return f"checkpoint {place} of {count}: {name}, written {day}{_clock(written)}"


def _clock(written: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(written))


def before_words(which: str, before: Run | None, width: int, ascii: bool) -> str:
    """Which update or checkpoint is shown, and the verdict on the one before, which is pale."""
    if before is None:
        return phrase(which, width, ascii)
    begin = f"{_line(which, ascii)}; before: "
    room = width - len(begin)
    if room < _LEAST_VERDICT:
        return phrase(which, width, ascii)
    return f"{begin}{verdict_line(before, width=room, ascii=ascii)}"
