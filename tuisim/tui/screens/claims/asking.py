"""ClaimsScreen: the claims in a list; each asks for a prediction first, plays, and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

import attrs
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tuisim.figures.drawing.figure import blank_figure
from tuisim.figures.drawing.wrapping import shortened, wrapped
from tuisim.figures.views.norms import gradient_figure, norm_reveals
from tuisim.tui.keys.keymap import own_bindings
from tuisim.tui.keys.keymaps import CLAIMS
from tuisim.tui.screens.claims.answers import (
    PREDICTIONS,
    Answer,
    complete,
    listed,
    question,
    result,
    verdict,
    window,
)
from tuisim.tui.screens.working import ThreadedScreen, ThreadFailed
from tuisim.tui.state.shelf import Shelf
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import Experiment

if TYPE_CHECKING:
    from tuisim.claims.claim import Claim

#: How long the way back is shown for.
PLAY_SECONDS = 2.0
#: Lines that a claim's text may take under the list.
_TEXT = 3
_GREETING = "enter asks what you expect of a net, plays it, and measures the claim"


class ClaimsLoaded(Message):
    """The claims are there."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        super().__init__()
        self.claims = claims


class Answered(Message):
    """Something of an answer is there."""

    def __init__(self, name: str, answer: Answer) -> None:
        super().__init__()
        self.name, self.answer = name, answer


class ClaimsScreen(ThreadedScreen[Experiment | None]):
    """Gives back the net of a claim where that was asked for, or None."""

    entries = CLAIMS
    BINDINGS: ClassVar[list[BindingType]] = [*own_bindings(CLAIMS)]
    CSS = """
    ClaimsScreen > Vertical { background: $background; }
    ClaimsScreen #list, ClaimsScreen Plot { height: 1fr; }
    ClaimsScreen #list { padding: 0 1; }
    ClaimsScreen #claim, ClaimsScreen #said { height: auto; padding: 0 1; }
    ClaimsScreen #claim { text-style: bold; }
    ClaimsScreen #said { color: $text-warning; }
    """

    def __init__(self, clock: Callable[[], float], shelf: Shelf, *, ascii: bool = False) -> None:
        """A list of the claims.

        Args:
            clock: seconds, for the pace of what is played.
            shelf: where the answers are kept, for a screen that comes after this one.
        """
        super().__init__(ascii=ascii)
        self._clock, self._shelf = clock, shelf
        #: All of them; empty until they are loaded.
        self.claims: Sequence[Claim] = ()
        self.answers: dict[str, Answer] = complete(shelf.kept("answers") or {})
        #: Which is chosen, and whether it is asked about.
        self.at = 0
        self.asking = False
        self.notice = "loading …"
        #: When the playing that is under way began; None where nothing plays.
        self._since: float | None = None
        self._ticker: Timer | None = None

    def compose(self) -> ComposeResult:
        """The list, or the curve in its place; the claim, what there is to say, and the keys."""
        with Vertical():
            yield Line(id="list")
            yield Line(id="claim")
            yield Plot(id="curve", ascii=self.ascii)
            yield Line(id="said")
            yield KeyBar(CLAIMS, ascii=self.ascii)

    def on_mount(self) -> None:
        """Load the claims, which come with the engine."""
        self._ticker = self.every_frame(self.tick)
        self._background.ask("table", self._load)
        self.draw()

    @property
    def settled(self) -> bool:
        """Whether nothing is under way but playing."""
        return self._background.idle and bool(self.claims)

    @property
    def playing(self) -> bool:
        """Whether the way back is being shown."""
        return self._since is not None

    @property
    def claim(self) -> Claim:
        """The one that is chosen."""
        return self.claims[self.at]

    # What comes from the thread.

    def on_claims_loaded(self, message: ClaimsLoaded) -> None:
        """Show them."""
        self.claims, self.notice = message.claims, ""
        self.draw()

    def on_answered(self, message: Answered) -> None:
        """Play the net, or say what became of the claim."""
        before = self.answers.get(message.name)
        self.answers[message.name] = message.answer
        self._shelf.keep("answers", self.answers)
        shown = self.asking and message.name == self.claim.name
        if shown and (before is None or before.run is None):
            self._since = self._clock()
            if self._ticker is not None:
                self._ticker.resume()
        self.draw()

    def on_thread_failed(self, message: ThreadFailed) -> None:
        """Say why, and ask again."""
        self.answers = complete(self.answers)
        self.say(message.reason)

    # Keys.

    def action_move(self, by: int) -> None:
        """Choose another claim."""
        if self.claims and not self.asking:
            self.at = min(max(self.at + by, 0), len(self.claims) - 1)
            self.say("")

    def action_ask(self) -> None:
        """Ask about the one that is chosen."""
        if self.claims:
            self.asking = True
            self.say("")

    def action_predict(self, key: str) -> None:
        """Take a prediction, and have it played and measured."""
        if not self.asking:
            self.say("enter asks about a claim first")
        elif self.claim.name not in self.answers:
            claim, answer = self.claim, Answer(PREDICTIONS[key])
            self.answers[claim.name] = answer
            self._background.ask(claim.name, lambda: self._answer(claim, answer))
            self.draw()

    def action_again(self) -> None:
        """Forget what was answered of the one that is chosen."""
        if self.asking and self.settled and self.claim.name in self.answers:
            del self.answers[self.claim.name]
            self._stop()
            self.say("")

    def action_take(self) -> None:
        """Leave with the net of the one that is chosen."""
        if self.claims:
            self.dismiss(self.claim.experiment)

    def action_leave(self) -> None:
        """Back to the list, or leave it."""
        if self.asking:
            self.asking = False
            self._stop()
            self.say("")
        else:
            self.dismiss()

    def action_help(self) -> None:
        """Explain what is shown."""
        from tuisim.tui.explain.claims import claims
        from tuisim.tui.screens.help import HelpScreen

        text = claims(self.claim if self.claims else None)
        self.app.push_screen(HelpScreen(text, CLAIMS, ascii=self.ascii))

    # Time.

    def tick(self) -> None:
        """Let playing catch up with the clock."""
        if self._since is not None and self.is_active and not self.leaves_out:
            if self._share >= 1.0:
                self._stop()
                self.draw()
            else:
                self._draw_answer(self._room)

    @property
    def _share(self) -> float:
        """How much of the way back is shown."""
        if self._since is None:
            return 1.0
        return min((self._clock() - self._since) / PLAY_SECONDS, 1.0)

    def _stop(self) -> None:
        self._since = None
        if self._ticker is not None:
            self._ticker.pause()

    # Drawing.

    def draw(self) -> None:
        """Show the list, or the claim that is asked about."""
        if not self.is_mounted:
            return
        room = self._room
        rows, plot = self.query_one("#list", Static), self.query_one("#curve", Plot)
        rows.display, plot.display = not self.asking, self.asking
        text = wrapped(f"{self.claim.says} ({self.claim.where})", room) if self.claims else []
        if not self.asking and len(text) > _TEXT:
            last = shortened(" ".join(text[_TEXT - 1 :]), room, self.ascii)
            text = [*text[: _TEXT - 1], last]
        self._put("claim", text)
        if self.asking:
            self._draw_answer(room)
        else:
            self._put("said", wrapped(self.notice or _GREETING, room))
            below = len(text) + len(wrapped(self.notice or _GREETING, room)) + 1
            self._draw_list(room, self.size.height - below)

    @property
    def _room(self) -> int:
        return max(self.size.width - 2, 1)

    def _draw_list(self, room: int, rows: int) -> None:
        lines = listed(self.claims, self.answers)
        text = Text()
        for k in window(len(lines), self.at, max(rows, 1)):
            line = shortened(f"{'>' if k == self.at else ' '} {lines[k]}", room, self.ascii)
            text.append(f"{line}\n", "reverse" if k == self.at else "")
        self.query_one("#list", Static).update(text, layout=False)

    def _draw_answer(self, room: int) -> None:
        answer = self.answers.get(self.claim.name)
        plot = self.query_one("#curve", Plot)
        if answer is None:
            plot.show(blank_figure("", ""))
            asked = [line for one in question(self.claim) for line in wrapped(one, room)]
            self._put("said", [*self._noticed(room), *asked])
            return
        if answer.run is None:
            plot.show(blank_figure("", "running the net …"))
            self._put("said", self._noticed(room))
            return
        figure = plot.figure
        if figure is None or self._drawn is not answer.run:
            self._drawn, figure = answer.run, gradient_figure(answer.run)
        step = round((1.0 - self._share) * answer.run.experiment.depth)
        whole = not self.playing
        reveal = norm_reveals(None if whole else step, "done" if whole else "backward", False)[1]
        plot.show(figure, reveal)
        said = self._said(answer, room) if whole else []
        self._put("said", [*said, *self._noticed(room)])

    def _noticed(self, room: int) -> list[str]:
        return wrapped(self.notice, room) if self.notice else []

    def _said(self, answer: Answer, room: int) -> list[str]:
        words, *rows = verdict(answer)
        said = wrapped(result(answer), room) + wrapped(words, room)
        said += [shortened(one, room, self.ascii) for one in rows]
        # The curve keeps a few rows, whatever there is to say.
        return said[: max(self.size.height - 12, 2)]

    def _put(self, where: str, lines: Sequence[str]) -> None:
        line = self.query_one(f"#{where}", Static)
        line.display = bool(lines)
        put(line, "\n".join(lines))

    #: The run that the curve on the plot is of.
    _drawn: object = None

    # What follows runs in the background thread.

    def _load(self) -> None:
        from tuisim.claims.table import CLAIMS as TABLE

        self.post_message(ClaimsLoaded([*TABLE.values()]))

    def _answer(self, claim: Claim, answer: Answer) -> None:
        from tuisim.claims.checking import check
        from tuisim.engine.runs.simulate import simulate

        answer = attrs.evolve(answer, run=simulate(claim.experiment))
        self.post_message(Answered(claim.name, answer))
        evidence = check([claim])[claim.name]
        self.post_message(Answered(claim.name, attrs.evolve(answer, evidence=evidence)))
