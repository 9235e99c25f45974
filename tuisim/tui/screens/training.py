"""TrainingScreen: view 8, a net being trained, live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Static

from tuisim.figures.drawing.figure import blank_figure
from tuisim.figures.views.training import (
    PANELS,
    TITLES,
    plan_line,
    training_line,
    training_status,
    trouble_line,
)
from tuisim.tui.keys.keymap import bindings
from tuisim.tui.keys.keymaps import TRAINING
from tuisim.tui.screens.view import ViewScreen
from tuisim.tui.state.coursework import Asked, Command, CourseFailed, CourseLooked, Coursework
from tuisim.tui.state.training_keys import NEXT, filled_in, rate_by, why_over
from tuisim.tui.state.words import NOTICE_LINES, notice
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.plot import Plot
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.plan import PLAN_FIELDS, Plan, read_plan
from tuisim.values.toml import read

if TYPE_CHECKING:
    from tuisim.engine.training.course import Look

#: From these sizes on there is room for the panels on the right, two above one another, three.
_BESIDE_COLUMNS = 64
_TWO_ROWS = 17
_THREE_ROWS = 24

_HINT = "space trains; < > change the learning rate, k the clipping; ? explains"


class TrainingScreen(ViewScreen):
    """Gives back the key of the view to go to, or None."""

    name_of_view = "training"
    entries = TRAINING
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(TRAINING)]
    CSS = """
    TrainingScreen { layout: vertical; overflow: hidden; }
    TrainingScreen .bar { height: 1; padding: 0 1; }
    TrainingScreen #status { width: 1fr; text-style: bold; }
    TrainingScreen #time { width: auto; }
    TrainingScreen #body { height: 1fr; }
    TrainingScreen #left Plot { height: 10fr; }
    TrainingScreen #left #accuracy { height: 7fr; min-height: 5; }
    TrainingScreen #line, TrainingScreen #plan { height: 1; padding: 0 1; }
    TrainingScreen #plan { color: $foreground 75%; }
    TrainingScreen #notice { height: 1; padding: 0 1; color: $foreground 65%; }
    TrainingScreen #notice.news, TrainingScreen #notice.wrong {
        color: $text-warning; text-style: bold; height: auto; max-height: 3;
    }
    TrainingScreen #notice.wrong { color: $text-error; }
    """

    def __init__(
        self,
        work: Coursework,
        asked: Asked,
        clock: Callable[[], float],
        *,
        ascii: bool = False,
    ) -> None:
        """A screen on which this is trained, on from where `work` has it.

        Args:
            clock: seconds, for the pace of the updates.
        """
        super().__init__()
        self._work = work
        self._asked = asked
        self._clock = clock
        self._ascii = ascii
        #: The newest look; None until there is one.
        self.look: Look | None = None
        self.playing = False
        self._time = 0.0
        self._behind = False
        self._said = "; ".join((*asked.notes, *asked.left_out))
        self._failed = ""
        #: The key of the view to leave for, once what was pressed before is done.
        self._leaving: tuple[str | None, ...] = ()
        self._obeyed = 0
        self._ticker: Timer | None = None

    def compose(self) -> ComposeResult:
        """Status over the plots, words and keys under them."""
        with Horizontal(classes="bar"):
            yield Line(id="status")
            yield Line(id="time")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                for name in ("loss", "accuracy", "clipping"):
                    yield Plot(id=name, ascii=self._ascii)
            with Vertical(id="right"):
                for name in ("wandering", "over_time"):
                    yield Plot(id=name, ascii=self._ascii)
        yield Line(id="line")
        yield Line(id="plan")
        yield Line(id="notice")
        yield KeyBar(TRAINING, ascii=self._ascii)

    def on_mount(self) -> None:
        """Begin to work; the clock stands still while nothing is trained."""
        self._ticker = self.every_frame(self.tick)
        self._work.enter(self._asked, self.post_message)
        if self._work.newest is not None:
            self.post_message(self._work.newest.again())
        self._draw_words()
        self._draw_waiting()

    def on_unmount(self) -> None:
        """Let the course wait."""
        self._work.leave()

    def on_resize(self, event: Resize) -> None:
        """Show what there is room for."""
        wide, high = event.size
        two, three = high >= _TWO_ROWS, high >= _THREE_ROWS
        beside = wide >= _BESIDE_COLUMNS
        shown = {
            "right": beside,
            "accuracy": three,
            "clipping": two,
            "wandering": two or not beside,
        }
        for name, display in shown.items():
            self.query_one(f"#{name}").display = display
        self.query_one("#plan").display = two
        self._draw_words()

    @property
    def settled(self) -> bool:
        """Whether nothing is under way and what there is to see is shown."""
        return self._work.idle and (self.look is not None or bool(self._failed))

    @property
    def experiment(self) -> Experiment:
        """The net that is trained now, and how its gradient is clipped."""
        return self._asked.experiment if self.look is None else self.look.experiment

    @property
    def plan(self) -> Plan:
        """How the net is trained now."""
        return self._asked.plan if self.look is None else self.look.plan

    # What comes from the threads.

    def show_preparing(self) -> None:
        """Say how far the kernels are, for which the first look waits."""
        self._draw_words()
        self._draw_waiting()

    def _draw_waiting(self) -> None:
        if self.look is None:
            waiting = self._failed or self.preparing or "computing the first update …"
            for name, title in TITLES.items():
                self.query_one(f"#{name}", Plot).show(blank_figure(title, waiting))

    def on_course_looked(self, message: CourseLooked) -> None:
        """Draw it."""
        before, self.look, self._obeyed = self.look, message.look, message.obeyed
        # What was said before something failed is not of that.
        if message.look.said or (message.look.trouble and not (before and before.trouble)):
            self._said = message.look.said
        if message.look.over:
            self._rest()
        # The last one is drawn in any case.
        if not (message.passing and self.leaves_out):
            self._draw_look(message)
        if self._leaving and self._obeyed == self._work.given:
            super().leave_for(*self._leaving)

    def _draw_look(self, message: CourseLooked) -> None:
        plots = {name: self.query_one(f"#{name}", Plot) for name in PANELS}
        for name, plot in plots.items():
            plot.show(message.figures[name], drawing=message.drawings.get(name))
        # Laying out and drawing takes longer than the event loop has for a frame.
        sheets = {name: plot.sheet for name, plot in plots.items()}
        self._work.sheets = {name: sheet for name, sheet in sheets.items() if sheet is not None}
        self._draw_words()

    def on_course_failed(self, message: CourseFailed) -> None:
        """Say why."""
        self._failed = message.reason
        self._rest()
        self._draw_words()
        self._draw_waiting()
        if self._leaving:
            super().leave_for(*self._leaving)

    # Keys.

    def leave_for(self, key: str | None) -> None:
        """Leave, with all that was chosen; asked once more, at once."""
        if self.playing and not self._leaving:
            self.action_play()
        # A course that has not begun, kernels being compiled, has nothing that could be lost.
        unbegun = self.look is None and self._work.given <= 1
        if self._leaving or self._failed or unbegun or self._obeyed == self._work.given:
            super().leave_for(key)
        else:
            self._leaving = (key,)
            self.say("leaving after the work under way; once more leaves at once")

    def action_play(self) -> None:
        """Train, or pause."""
        if self.look is not None and self.look.over and not self.playing:
            self.say(why_over(self.look))
            return
        self.playing = not self.playing
        self._behind = False
        self._said = ""
        self._time = self._clock()
        if self._ticker is not None:
            (self._ticker.resume if self.playing else self._ticker.pause)()
        if not self.playing:
            # What was asked for and not begun is not wanted any more.
            self._do(lambda course: None)
        self._draw_words()

    def action_step_on(self) -> None:
        """One update."""
        self._rest()
        self._said = ""
        self._work.advance(1)

    def action_faster(self) -> None:
        """More updates a second."""
        self._pace_by(1)

    def action_slower(self) -> None:
        """Fewer updates a second."""
        self._pace_by(-1)

    def action_restart(self) -> None:
        """From the beginning."""
        self._do(lambda course: course.restart())

    def action_rate_up(self) -> None:
        """Twice the learning rate."""
        self._do(lambda course: course.change(rate_by(2.0), "rate"))

    def action_rate_down(self) -> None:
        """Half the learning rate."""
        self._do(lambda course: course.change(rate_by(0.5), "rate"))

    def action_next(self, what: str) -> None:
        """The next clipping, weight decay or optimizer."""
        self._do(lambda course: course.change(NEXT[what], what))

    def action_pin(self) -> None:
        """Pin this run's curves."""
        self._do(lambda course: course.pin())

    def action_take(self) -> None:
        """Leave with the net as it is trained by now."""
        if self.look is None or self._failed:
            self.say("there is no training to take a net from")
            return
        self._do(self._work.take)
        self.leave_for("1")

    def action_undo(self) -> None:
        """Back to before the last change, or what failed; there it waits."""
        self._rest()
        self._do(lambda course: course.undo())

    def action_form(self) -> None:
        """Fill in the task, and all else."""
        from tuisim.tui.screens.form import FieldForm

        if self.look is None:
            self.say("there is no training yet to fill in")
            return
        values: dict[str, Any] = {name: getattr(self.look.plan, name) for name in PLAN_FIELDS} | {
            name: getattr(self.look.experiment, name) for name in FIELDS
        }

        def take(changes: Mapping[str, Any] | None) -> None:
            if changes:
                self._do(lambda course: course.change(filled_in(changes), "form"))

        def typed(name: str, text: str) -> Any:
            return (read_plan if name in PLAN_FIELDS else read)(name, text)

        form = FieldForm("training", values, {**PLAN_FIELDS, **FIELDS}, typed, ascii=self._ascii)
        self.app.push_screen(form, take)

    def action_help(self) -> None:
        """Explain the focused panel."""
        from tuisim.tui.explain.training import explanation
        from tuisim.tui.screens.help import HelpScreen

        text = self._failed or "There is no training yet: the kernels are still being prepared."
        if self.look is not None:
            focused = self.focused.id if self.focused is not None else None
            text = explanation(focused or "loss", self.look)
        self.app.push_screen(HelpScreen(text, TRAINING, ascii=self._ascii))

    def _do(self, command: Command) -> None:
        self._said = "there is no training to change or to pin" if self._failed else ""
        if self._failed:
            self._draw_words()
        else:
            self._work.do(command)

    def _pace_by(self, notches: int) -> None:
        self._work.faster(notches)
        self.say(f"{self._work.speed} updates a second")

    # Time.

    def tick(self) -> None:
        """Ask for the updates that are due; not for more while those before are under way."""
        now = self._clock()
        if not self.is_active or not self.playing:
            # Under a dialog time stands still.
            self._time = now
            return
        due = int((now - self._time) * self._work.speed)
        if due <= 0:
            return
        self._behind = not self._work.idle
        if not self._behind and self.leaves_out:
            return
        # The time that a held-up frame missed is not made up for.
        self._time = now if due > self._work.speed else self._time + due / self._work.speed
        if not self._behind:
            self._work.advance(min(due, self._work.speed))

    def _rest(self) -> None:
        self.playing = False
        if self._ticker is not None:
            self._ticker.pause()

    # Words.

    def say(self, text: str) -> None:
        """Show a notice."""
        self._said = text
        self._draw_words()

    def _draw_words(self) -> None:
        width = max(self.size.width - 2, 1)
        look = self.look
        time = self._time_words()
        self._put("time", time)
        room = max(width - 1 - len(time), 1)
        self._put("status", training_status(self.experiment, self.plan, room, self._ascii))
        if look is not None:
            self._put("line", training_line(look, width, self._ascii))
            self._put("plan", plan_line(look, width, self._ascii))
        self._draw_notice(width)

    def _draw_notice(self, width: int) -> None:
        look = self.look
        line = self.query_one("#notice", Static)
        wrong = self._failed or ("" if look is None else trouble_line(look))
        if look is not None and wrong and not self._failed:
            # Of the first update there is no before.
            begins = "; it is how it begins: o changes that"
            wrong += "; u goes back to before it" if look.updates else begins
        text = "; ".join(one for one in (self._said, wrong) if one)
        if not text and look is not None and look.over:
            text = why_over(look)
        line.set_class(bool(wrong), "wrong")
        line.set_class(bool(text) and not wrong, "news")
        self._put("notice", notice(text or _HINT, width, self._ascii, NOTICE_LINES if text else 1))

    def _time_words(self) -> str:
        sign = (">" if self._ascii else "▶") if self.playing else ("||" if self._ascii else "‖")
        if self.look is None:
            return ""
        pace = "as fast as it goes" if self._behind else f"{self._work.speed}/s"
        dot = "|" if self._ascii else "·"
        text = f"{sign} update {self.look.updates} of {self.look.plan.steps}"
        return f"{text} {dot} {pace}" if self.playing else text

    def _put(self, where: str, text: str) -> None:
        # The time has as much room as it needs; each frame of a playing course changes it.
        line = self.query_one(f"#{where}", Static)
        put(line, text, wraps=where == "notice", across=where == "time")
