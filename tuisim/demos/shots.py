"""Shots: a picture of the app as a tape, keys and a time step leave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuisim.demos.grammar.tape import Tape
from tuisim.demos.playing import heed_signals, played
from tuisim.demos.still import StillTapeApp
from tuisim.testing.keys import UntakenKeyError, event_of, read_keys


async def shot(
    app: StillTapeApp,
    picture: Callable[[StillTapeApp], str],
    tape: Tape | None = None,
    keys: str | None = None,
    at: str | None = None,
) -> str:
    """Play a tape, press keys, put the cursor somewhere, and take a picture.

    Args:
        keys: as `press` of the kit takes them.
        at: of a tape the step to play up to; else the time step for the cursor.

    Raises:
        ValueError: there is no such key or step.
        PlayError, UntakenKeyError, UnsettledError: it does not come to that.
    """
    pressed = read_keys(keys or "")
    until = None if tape is None or at is None else tape.step_named(at)
    async with app.run_test() as pilot:
        # What keeps the app from opening stands in no line of a tape.
        await app.at_rest()
        async for moment in played(tape or Tape(), pilot):
            await app.told(moment.of)
            if until is not None and moment.of is not None and moment.of.of is until:
                break
        for key in pressed:
            if not await app.strike(event_of(key)):
                raise UntakenKeyError(f"press: no binding took {key!r}")
        heed_signals(app)
        if app.return_code is not None:
            raise UntakenKeyError("press: the app was left, and there is nothing to see")
        if tape is None and at is not None:
            app.main.playback.to_step(_time_step(app, at))
            app.main.moved()
            await app.at_rest()
        return picture(app)


def _time_step(app: Any, text: str) -> int:
    depth = app.experiment.depth
    if not text.isdecimal() or int(text) > depth:
        raise ValueError(f"at: got {text!r}, allowed: 0…{depth}")
    return int(text)
