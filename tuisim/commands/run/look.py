"""Options of how the app looks, which go over the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import click

from tuisim.commands.run.options import Command, Within
from tuisim.terminal.config import MARKERS, MOST_FPS

if TYPE_CHECKING:
    from tuisim.terminal.config import Config


@attrs.frozen
class Look:
    """What was given on the command line; None, or False, leaves it to the settings."""

    theme: str | None = None
    marker: str | None = None
    no_mouse: bool = False
    fps: int | None = None

    def over(self, settings: Config) -> Config:
        """The settings with what was given in their place."""
        given: dict[str, Any] = {}
        if self.theme is not None:
            given["theme"] = self.theme
        if self.marker is not None:
            given["marker"] = self.marker
        if self.no_mouse:
            given["mouse"] = False
        if self.fps is not None:
            given["fps"] = self.fps
        return attrs.evolve(settings, **given)


def look_options(command: Command) -> Command:
    """Add --theme, --marker, --ascii, --no-mouse and --fps."""
    for option in (
        click.option(
            "--fps",
            type=Within(1, MOST_FPS),
            metavar="N",
            help="frames a second at most of what plays, streams or is trained: fewer over a slow "
            f"link; default {MOST_FPS}",
        ),
        click.option(
            "--no-mouse", is_flag=True, help="leave the mouse to the terminal, which selects text"
        ),
        click.option("--ascii", "only_ascii", is_flag=True, help="no character outside ASCII"),
        click.option(
            "--marker",
            metavar="NAME",
            help="what curves are drawn with: braille, block or ascii; default braille",
        ),
        click.option(
            "--theme", metavar="NAME", help="high-contrast, colour-blind, textual-light, …"
        ),
    ):
        command = option(command)
    return command


def look_of(
    theme: str | None,
    marker: str | None,
    only_ascii: bool,
    no_mouse: bool,
    fps: int | None = None,
) -> Look:
    """The look that was asked for.

    Raises:
        click.UsageError: there is no such marker, or two were asked for.
    """
    if marker is not None and marker not in MARKERS:
        raise click.UsageError(f"marker: got {marker!r}, allowed: {', '.join(MARKERS)}")
    if only_ascii and marker not in (None, "ascii"):
        raise click.UsageError(f"--marker {marker}: got it with --ascii, allowed: one of them")
    return Look(theme, "ascii" if only_ascii else marker, no_mouse, fps)
