"""Playing a tape without a terminal: each act is answered before the next, and no time is lost."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable

import attrs
from textual.pilot import Pilot

from tuisim.demos.acts import Act, Pause, Stroke, Watch, acts
from tuisim.demos.grammar.tape import Expect, Tape, Wait
from tuisim.demos.measures import difference
from tuisim.testing.keys import event_of
from tuisim.testing.kit import StillApp
from tuisim.testing.pictures import plain_screen
from tuisim.testing.waiting import UnsettledError

#: How long is waited for a pattern where the tape does not say, as VHS has it.
PATIENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.125
#: The size where neither the tape nor the user says one.
USUAL_SIZE = (100, 30)


class PlayError(RuntimeError):
    """What kept a tape from being played on, with the line that it is in."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(f"line {line}: {said}")
        self.line, self.said = line, said


@attrs.frozen
class Moment:
    """What has just happened, and the seconds of the tape until then, hidden ones left out.

    `of` is None where nothing but time passed.
    """

    of: Act | None
    seconds: float
    hidden: bool


async def played(tape: Tape, pilot: Pilot[None]) -> AsyncIterator[Moment]:
    """Play a tape on an app; at each moment all that was asked for is shown.

    Raises:
        PlayError: a key that nothing took, a pattern that did not come, an app that was left
            before the end, or that does not come to rest.
        SystemExit: a signal ended the app.
    """
    app = pilot.app
    assert isinstance(app, StillApp)
    stage = _Stage(app, tape.playback_speed)
    line = 1 if tape.start is None else tape.start.line
    try:
        await app.at_rest()
        yield Moment(None, 0.0, False)
        for act in acts(tape):
            line = act.of.line
            heed_signals(app)
            if app.return_code is not None:
                if isinstance(act, Pause):
                    continue
                raise PlayError(line, "the app was left before this")
            async for moment in stage.play(act):
                yield moment
        heed_signals(app)
    except UnsettledError as error:
        raise PlayError(line, str(error)) from None


def heed_signals(app: StillApp) -> None:
    """End the program as a signal that ended the app would have."""
    code = app.return_code
    if code is not None and code > 128:
        raise SystemExit(code)


class _Stage:
    """An app, and how much of the tape's time is over."""

    def __init__(self, app: StillApp, speed: float) -> None:
        self._app, self._speed = app, speed
        self._seconds = 0.0

    async def play(self, act: Act) -> AsyncIterator[Moment]:
        if isinstance(act, Watch):
            async for moment in self._watch(act):
                yield moment
        elif isinstance(act, Stroke) and not await self._app.strike(event_of(act.key)):
            heed_signals(self._app)
            raise PlayError(act.of.line, f"no binding took the key {act.key!r}")
        if not isinstance(act, Pause):
            yield Moment(act, self._seconds, act.hidden)
        if isinstance(act, Stroke | Pause):
            async for moment in self._pass(act.seconds, act.hidden):
                yield moment

    async def _watch(self, act: Watch) -> AsyncIterator[Moment]:
        wait, waited = act.of, 0.0
        patience = PATIENCE_SECONDS if wait.patience is None else wait.patience
        while not seen(wait, plain_screen(self._app)):
            if waited >= patience:
                said = f"Wait: /{wait.pattern}/ did not come within {patience:g} s"
                raise PlayError(wait.line, said)
            before = self._app.still.now
            async for moment in self._pass(_LOOK_SECONDS, act.hidden):
                yield moment
            waited += self._app.still.now - before

    async def _pass(self, seconds: float, hidden: bool) -> AsyncIterator[Moment]:
        end = self._app.still.now + seconds
        while (left := end - self._app.still.now) > 1e-9 and self._app.return_code is None:
            passed = await self._app.pass_frame(left)
            if not hidden:
                self._seconds += passed / self._speed
            yield Moment(None, self._seconds, hidden)


def seen(wait: Wait, screen: str) -> bool:
    """Whether what is waited for is on the screen."""
    if wait.whole:
        return re.search(wait.pattern, screen) is not None
    return any(re.search(wait.pattern, row) for row in screen.split("\n"))


@attrs.frozen
class Differences:
    """What a tape's expectations came to.

    Attributes:
        checked: how many there were.
        found: (line, words) of each that does not hold, and of what ended the tape early.
    """

    checked: int
    found: tuple[tuple[int, str], ...]


def unheard(moment: Moment) -> None:
    """Tell nobody of a moment."""


def differing(app: StillApp, moment: Moment) -> tuple[tuple[int, str], ...]:
    """(line, words) where a moment is one of an expectation that does not hold."""
    expected = None if moment.of is None else moment.of.of
    if not isinstance(expected, Expect):
        return ()
    said = difference(app, expected)
    return ((expected.line, said),) if said else ()


async def checked(
    tape: Tape, app: StillApp, each: Callable[[Moment], object] = unheard
) -> Differences:
    """Play a tape for its expectations alone; `each` hears of every moment."""
    count, found = 0, list[tuple[int, str]]()
    async with app.run_test() as pilot:
        try:
            async for moment in played(tape, pilot):
                each(moment)
                count += moment.of is not None and isinstance(moment.of.of, Expect)
                found += differing(app, moment)
        except PlayError as error:
            found.append((error.line, error.said))
    return Differences(count, tuple(found))
