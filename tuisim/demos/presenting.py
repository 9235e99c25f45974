"""Presentation: a tape played live in a terminal, with someone before it who may take over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import attrs

from tuisim.demos.acts import Act, Passed, Pause, Stroke, Watch, acts
from tuisim.demos.grammar.tape import Caption, Note, Step, Tape
from tuisim.demos.playing import PATIENCE_SECONDS, seen
from tuisim.demos.still import StillTapeApp
from tuisim.testing.keys import event_of
from tuisim.testing.pictures import plain_screen
from tuisim.tui.screens.main import KeptView
from tuisim.tui.shell.pace import FRAME_SECONDS
from tuisim.tui.state.laboratory import Kept

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)

#: What the presenter's own keys are for; all others go to the app.
ORDERS: Mapping[str, str] = {
    "f5": "back",
    "f6": "next",
    "f7": "slower",
    "f8": "faster",
    "f9": "play",
}


@attrs.frozen(eq=False)
class Checkpoint:
    """What was when so many acts were done, as values."""

    place: int
    laboratory: Kept
    view: KeptView
    now: float


class Presentation:
    """Where a tape stands on an app, and the orders that move it."""

    def __init__(
        self, app: StillTapeApp, tape: Tape, *, loop: bool = False, by_key: bool = False
    ) -> None:
        """A presentation that has not begun.

        Args:
            loop: begin anew at the end.
            by_key: let each key of the presenter's do the tape's next one.
        """
        self.acts: tuple[Act, ...] = tuple(acts(tape))
        self._app, self._tape = app, tape
        self._loop, self._by_key = loop, by_key
        #: How many acts are done.
        self.place = 0
        self.playing = True
        #: Whether the app was ready, and this began.
        self.begun = False
        #: Whether the presenter changed what the tape left.
        self.touched = False
        #: Why it cannot go on.
        self.failure = ""
        self._speed = SPEEDS.index(1.0)
        #: When the next act is due, and how long that was away when the presenter took over.
        self._due = self._left = 0.0
        self._orders: list[str] = []
        self._woken = asyncio.Event()
        self._key_given = False
        self._hurrying = self._obeying = self._watching = False
        self._checkpoints: dict[int, Checkpoint] = {}

    # What the presenter does.

    def order(self, name: str) -> None:
        """Have it go on, back, faster or slower."""
        self._orders.append(name)
        self._woken.set()

    def hears(self, key: str) -> bool:
        """Whether a key is for the presentation and not for the app; else it takes over."""
        if key in ORDERS:
            self.order(ORDERS[key])
            return True
        if self._hurrying:
            return True
        if self._by_key and self.playing and not self.ended:
            self.order("key")
            return True
        if not self.touched:
            self._left = max(self._due - self._app.still.now, 0.0)
        self.playing, self.touched = False, True
        self._woken.set()
        return False

    @property
    def waits(self) -> bool:
        """Whether nothing happens before the presenter does something."""
        return not (self.playing or self.busy)

    @property
    def busy(self) -> bool:
        """Whether it is on the way to somewhere."""
        return bool(self._orders) or self._hurrying or self._obeying

    @property
    def ended(self) -> bool:
        """Whether all of the tape is over."""
        return self.place == len(self.acts) and self._app.still.now >= self._due

    @property
    def free(self) -> bool:
        """Whether the app goes on by itself and no more by the tape."""
        return self.touched or (self.ended and not self.playing)

    def passes(self, seconds: float) -> float:
        """How much time passes in the app in so many seconds: never more than the tape says."""
        if self._hurrying:
            return 0.0
        if self.free:
            return seconds
        passes = seconds * SPEEDS[self._speed] * self._tape.playback_speed
        if self._watching:
            # What is waited for may come by what plays.
            return passes
        left = max(self._due - self._app.still.now, 0.0) if self.playing else 0.0
        return min(passes, left)

    # How it goes.

    async def run(self, at: Step | None = None) -> None:
        """Play until the app is left."""
        # Someone may take over before there is anything to see.
        self._keep()
        await self._app.at_rest()
        if not self.touched:
            self._checkpoints.clear()
            self._keep()
        self._due = self._app.still.now
        if at is not None:
            await self._go(self._opened(self._place_of(at)))
        self.begun = True
        while self._app.return_code is None:
            self._say_standing()
            if self._orders:
                self._obeying = True
                await self._obey(self._orders.pop(0))
                self._obeying = False
            elif self.playing and not self.ended:
                await self._play_on()
            elif self.playing and self._loop and self.acts:
                await self._go(0)
            else:
                self.playing = False
                self._say_standing()
                await self._sleep()

    async def _play_on(self) -> None:
        """Wait for the next act, and do it."""
        await self._wait()
        if not self.playing or self._orders or self.place == len(self.acts):
            return
        act = self.acts[self.place]
        if self._by_key and isinstance(act, Stroke) and not self._key_given:
            await self._sleep()
        else:
            self._key_given = self._key_given and not isinstance(act, Stroke)
            await self._do(act)

    async def _sleep(self) -> None:
        """Until there is an order."""
        self._woken.clear()
        if not self._orders:
            await self._woken.wait()

    async def _wait(self) -> None:
        """Until the next act is due, or an order comes."""
        clock = self._app.still
        while clock.now < self._due and self.playing and not self._orders:
            await asyncio.sleep(FRAME_SECONDS / 2)

    async def _do(self, act: Act) -> None:
        """Do the next act as it is to be seen."""
        if act.hidden:
            await self._hurry(self.place + 1)
            return
        if isinstance(act, Watch):
            await self._look_out(act)
            if self._orders or not self.playing:
                return
        elif isinstance(act, Stroke):
            await self._strike(act)
        if not self.touched:
            await self._done(act)
            self._due = self._app.still.now
            if isinstance(act, Stroke | Pause):
                self._due += act.seconds

    async def _look_out(self, act: Watch) -> None:
        """Until what is waited for is seen, or the presenter or patience ends that."""
        end = time.monotonic() + (act.of.patience or PATIENCE_SECONDS)
        self._watching = True
        try:
            while not (self._orders or seen(act.of, plain_screen(self._app))) and self.playing:
                if time.monotonic() > end:
                    self._fail(act, f"/{act.of.pattern}/ did not come")
                await asyncio.sleep(FRAME_SECONDS)
        finally:
            self._watching = False

    async def _strike(self, act: Stroke) -> None:
        if not await self._app.strike(event_of(act.key)):
            self._fail(act, f"nothing took the key {act.key}")

    async def _done(self, act: Act) -> None:
        self.place += 1
        if self._hurrying:
            self._app.take_note(act)
        else:
            await self._app.told(act)
        if isinstance(act, Passed) and isinstance(act.of, Step):
            self._keep()

    async def _obey(self, order: str) -> None:
        if order in ("faster", "slower"):
            by = 1 if order == "faster" else -1
            self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        elif order == "play":
            await self._play_or_pause()
        elif order == "key":
            await self._next_key()
        else:
            await self._to_step(1 if order == "next" else -1)

    async def _play_or_pause(self) -> None:
        self.failure = ""
        if self.playing:
            self.playing = False
        else:
            if self.touched:
                await self._go(self.place, self._left)
            elif self.ended:
                await self._go(0)
            self.playing = True

    async def _next_key(self) -> None:
        """Have the tape's next key done, and at once all that comes before it."""
        rest = self.acts[self.place :]
        keys = (i for i, one in enumerate(rest, self.place) if isinstance(one, Stroke))
        await self._hurry(next(keys, len(self.acts)))
        self._key_given = True

    async def _to_step(self, by: int) -> None:
        places = [i for i, one in enumerate(self.acts) if _is_step(one)]
        if by > 0:
            after = [one for one in places if one >= self.place]
            await self._go(self._opened(after[0]) if after else len(self.acts))
        else:
            # The step that is under way is gone back to first, unless it has only just begun.
            before = [one for one in places if self._opened(one) < self.place]
            await self._go(self._opened(before[-1]) if before else 0)

    def _opened(self, step: int) -> int:
        """The place behind a step and what is said of it before anything happens."""
        place = step + 1
        while place < len(self.acts) and _is_said(self.acts[place]):
            place += 1
        return place

    # Going to a place: from the last checkpoint before it, in no time.

    async def _go(self, place: int, left: float = 0.0) -> None:
        if self.free or place < self.place:
            await self._return_to(max(one for one in self._checkpoints if one <= place))
        await self._hurry(place, left)

    async def _hurry(self, place: int, left: float = 0.0) -> None:
        """Do all acts up to a place; of the time after the last one so much is left."""
        self._hurrying = True
        try:
            # Of a pause that was cut short too the app sees all.
            await self._pass(self._due - self._app.still.now)
            while self.place < place and not self.failure:
                act = self.acts[self.place]
                if isinstance(act, Stroke):
                    await self._strike(act)
                if isinstance(act, Stroke | Pause):
                    last = self.place == place - 1
                    await self._pass(act.seconds - (left if last else 0.0))
                elif isinstance(act, Watch):
                    await self._watch(act)
                await self._done(act)
        finally:
            self._due = self._app.still.now + left
            self._hurrying = False

    async def _pass(self, seconds: float) -> None:
        end = self._app.still.now + seconds
        while (left := end - self._app.still.now) > 1e-9:
            await self._app.pass_frame(left)

    async def _watch(self, act: Watch) -> None:
        end = self._app.still.now + (act.of.patience or PATIENCE_SECONDS)
        while not seen(act.of, plain_screen(self._app)):
            if self._app.still.now >= end:
                self._fail(act, f"/{act.of.pattern}/ did not come")
                return
            await self._app.pass_frame()

    async def _return_to(self, place: int) -> None:
        kept = self._checkpoints[place]
        app = self._app
        while len(app.screen_stack) > 1:
            # What it leaves behind is overwritten by what is come back to.
            app.screen.dismiss()
            await app.at_rest()
        app.still.set_back(kept.now)
        self._due = kept.now
        app.laboratory.come_back(kept.laboratory)
        app.main.come_back(kept.view)
        app.caption = ""
        app.pressed.clear()
        self.place, self.touched, self.failure = 0, False, ""
        for act in self.acts[:place]:
            app.take_note(act)
        self.place = place
        app.draw_strip()
        await self._app.at_rest()

    def _keep(self) -> None:
        """Keep what is now, where values say all of it."""
        app = self._app
        laboratory = app.laboratory
        alone = len(app.screen_stack) == 1 and laboratory.training is None
        if self.place not in self._checkpoints and alone and not laboratory.streaming:
            kept = Checkpoint(self.place, laboratory.kept(), app.main.kept(), app.still.now)
            self._checkpoints[self.place] = kept

    def _place_of(self, step: Step) -> int:
        return next(i for i, one in enumerate(self.acts) if one.of is step)

    def _fail(self, act: Any, said: str) -> None:
        self.failure = f"line {act.of.line}: {said}"
        self.playing = False

    # Words.

    def _say_standing(self) -> None:
        self._app.standing = self._standing()
        self._app.draw_strip()

    def _standing(self) -> str:
        if self.failure:
            return self.failure
        steps = [i for i, one in enumerate(self.acts) if _is_step(one)]
        now = sum(one < self.place for one in steps)
        where = f" {now}/{len(steps)}" if steps else ""
        speed = SPEEDS[self._speed]
        pace = f" {speed:g}x" if speed != 1 else ""
        if self.touched:
            return f"yours{where} · f9 resumes"
        if self.ended:
            return f"end{where} · f9 again"
        if self._by_key and self.playing:
            return f"any key{where} · f9 waits"
        return f"▶{where}{pace} · f9 waits" if self.playing else f"‖{where}{pace} · f9 plays"


def _is_said(act: Act) -> bool:
    return isinstance(act, Passed) and isinstance(act.of, Caption | Note)


def _is_step(act: Act) -> bool:
    return isinstance(act, Passed) and isinstance(act.of, Step)
