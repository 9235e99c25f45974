"""The command that reproduces an experiment."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping
from typing import Any

from tuisim.values.experiment import Experiment
from tuisim.values.toml import non_default, spoken

#: The option that turns a flag off; any other flag would get --no-NAME.
_OFF = {"tied": "untied"}


def option_name(field: str) -> str:
    """skip_share → --skip-share."""
    return "--" + field.replace("_", "-")


def off_name(field: str) -> str:
    """The option that turns a flag off: --untied."""
    return option_name(_OFF.get(field, f"no_{field}"))


def command_line(experiment: Experiment, program: str = "tuisim") -> str:
    """The shell command that opens the app on exactly this experiment.

    Only what differs from the defaults is named; it can be pasted into a POSIX shell.
    """
    return shlex.join([*program.split(), *option_words(non_default(experiment))])


def option_words(values: Mapping[str, Any]) -> list[str]:
    """The options that give fields these values: ["--untied", "--radius", "1.1"]."""
    words: list[str] = []
    for name, value in values.items():
        if isinstance(value, bool):
            words.append(option_name(name) if value else off_name(name))
        else:
            words += [option_name(name), spoken_value(value)]
    return words


def fits(command: str, width: int, most: int) -> bool:
    """Whether there is room for a command.

    Args:
        command: as `command_line` gives it.
        width, most: characters of a line, of which there are three, and of all of them.
    """
    lines = textwrap.wrap(command, max(width, 1), break_on_hyphens=False)
    return len(command) <= most and len(lines) <= 3


def spoken_value(value: Any) -> str:
    """A field's value as a person types it: none, 0.9, eigenvalues with commas between them."""
    if isinstance(value, tuple):
        return ",".join(spoken(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)
