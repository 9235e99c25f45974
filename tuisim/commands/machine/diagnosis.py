"""What tuisim finds on this machine, in words. Standard library; rich and numba when called."""

from __future__ import annotations

import importlib.metadata
import io
import os
import platform
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import attrs

from tuisim.system import places
from tuisim.system.version import __version__
from tuisim.terminal import config, faults
from tuisim.terminal.sessions import Sessions, directory
from tuisim.terminal.terminal import (
    COLOUR_SYSTEMS,
    SMALLEST,
    garbles_colours,
    is_dumb,
    is_terminal,
    is_unicode,
    missing_terminals,
)

LIBRARIES = ("numpy", "numba", "llvmlite", "textual", "rich", "plotext", "click", "attrs")

_COLOURS = {
    "standard": "16 colours",
    "256": "256 colours",
    "truecolor": "24-bit colour",
    "windows": "16 colours",
}

#: Below this the panels beside the plots are left out.
COMFORTABLE = (80, 24)

#: All compiled kernels together take about half of this.
_KERNELS_BYTES = 5_000_000


@attrs.frozen
class Section:
    """A title over pairs of a name and what was found."""

    title: str
    facts: tuple[tuple[str, str], ...]


@attrs.frozen
class Diagnosis:
    """What was found, and what may be a trouble, each with what helps."""

    sections: tuple[Section, ...]
    warnings: tuple[str, ...]

    def text(self) -> str:
        """All of it as lines, ending in a newline."""
        room = max(len(name) for section in self.sections for name, _ in section.facts)
        lines = []
        for section in self.sections:
            lines += [section.title]
            lines += [f"  {name:{room}}  {found}" for name, found in section.facts]
        lines += [f"warning: {one}" for one in self.warnings] or ["no warnings"]
        return "\n".join(lines) + "\n"


def diagnose(environ: Mapping[str, str] = os.environ) -> Diagnosis:
    """Look at the terminal, the versions, the kernel cache and the files."""
    parts = (_terminal(environ), _versions(), _kernels(), _files())
    return Diagnosis(
        tuple(section for section, _ in parts),
        tuple(warning for _, found in parts for warning in found),
    )


def colours(environ: Mapping[str, str]) -> str:
    """How many colours the app will use in this terminal, and why not more."""
    if environ.get("NO_COLOR"):
        return "none (NO_COLOR is set)"
    if is_dumb(environ):
        return f"none (TERM is {environ['TERM']})"
    chosen = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if chosen not in COLOUR_SYSTEMS:
        return f"unknown: TEXTUAL_COLOR_SYSTEM is {chosen!r}"
    if chosen != "auto":
        return f"{_COLOURS[chosen]} (TEXTUAL_COLOR_SYSTEM)"
    if garbles_colours(environ):
        return "256 colours (GNU screen knows no more)"

    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=True, _environ=environ)
    return _COLOURS.get(console.color_system or "", "none")


def _terminal(environ: Mapping[str, str]) -> tuple[Section, list[str]]:
    troubles = []
    missing = missing_terminals()
    if missing:
        troubles.append(
            f"{' and '.join(missing)}: no terminal, so the app will not open here; "
            "`tuisim plot` draws to a pipe or a file"
        )
    size = _size()
    if size and (size[0] < SMALLEST[0] or size[1] < SMALLEST[1]):
        troubles.append("the terminal is smaller than 40×12; make it larger")
    elif size and (size[0] < COMFORTABLE[0] or size[1] < COMFORTABLE[1]):
        troubles.append("the terminal is smaller than 80×24, so some panels are left out")
    if is_dumb(environ):
        troubles.append(
            f"TERM is {environ['TERM']}, so the app will not open here; "
            "`tuisim plot` draws anywhere"
        )
    found = colours(environ)
    if found.startswith("unknown"):
        troubles.append(f"TEXTUAL_COLOR_SYSTEM must be one of {', '.join(COLOUR_SYSTEMS)}")
    elif found.startswith("16 ") and environ.get("TEXTUAL_COLOR_SYSTEM", "auto") == "auto":
        troubles.append(
            "16 colours only: if the terminal can do more, set COLORTERM=truecolor "
            "or TERM=xterm-256color (ssh does not pass COLORTERM on)"
        )
    unicode = is_unicode(sys.__stderr__)
    if not unicode:
        troubles.append("the encoding is not UTF-8, so plots are drawn in ASCII; set LANG=C.UTF-8")
    for name in ("COLUMNS", "LINES"):
        if name in environ:
            troubles.append(f"{name} is exported; tuisim ignores it, so that resizing works")
    if "TMUX" in environ and _tmux_clipboard(environ) != "on":
        troubles.append(
            "tmux keeps from the terminal what `y` sends to the clipboard; "
            "`tmux set -s set-clipboard on` lets it through"
        )
    over = [name for name in ("SSH_CONNECTION", "TMUX", "STY") if name in environ]
    facts = (
        ("TERM", environ.get("TERM") or "not set"),
        ("COLORTERM", environ.get("COLORTERM") or "not set"),
        ("colours", found),
        ("encoding", f"{_encoding()} ({'braille' if unicode else 'ASCII'} plots)"),
        ("size", f"{size[0]}×{size[1]}" if size else "not known"),
        ("inside", ", ".join(over) or "nothing known"),
    )
    return Section("terminal", facts), troubles


def _tmux_clipboard(environ: Mapping[str, str]) -> str | None:
    """What tmux is set to do with what programs send to the clipboard, None where it is silent."""
    question = ["tmux", "show-options", "-sv", "set-clipboard"]
    try:
        done = subprocess.run(
            question, env=environ, capture_output=True, text=True, check=True, timeout=2
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _encoding() -> str:
    return getattr(sys.__stderr__, "encoding", None) or "not known"


def _size() -> tuple[int, int] | None:
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        if stream is not None and is_terminal(stream):
            try:
                columns, rows = os.get_terminal_size(stream.fileno())
                return columns, rows
            except OSError:
                continue
    return None


def _versions() -> tuple[Section, list[str]]:
    facts, troubles = [("tuisim", __version__), ("python", platform.python_version())], []
    for name in LIBRARIES:
        try:
            facts.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            facts.append((name, "missing"))
            troubles.append(f"{name} is not installed; install tuisim again")
    facts.append(("system", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"))
    return Section("versions", tuple(facts)), troubles


def _kernels() -> tuple[Section, list[str]]:
    try:
        with warnings.catch_warnings():
            # What it would warn of is said below.
            warnings.simplefilter("ignore")
            from tuisim.engine import warming
            from tuisim.engine.kernels.compiler import door

            kept, all = warming.kept()
    except Exception as error:
        return Section("kernels", (("cache", "not known"),)), [f"the engine does not load: {error}"]
    directory = door.cache_directory()
    state, troubles = f"{kept} of {all} kernels", []
    if door.obstacle is not None and kept < all:
        troubles.append(
            f"{door.obstacle}, so kernels are compiled at every start; set NUMBA_CACHE_DIR to a "
            "directory that can be written"
        )
    elif door.obstacle is not None:
        state += ", to be read alone"
    elif kept < all:
        state += "; the next start compiles what is missing, or `tuisim warmup` ahead of it"
        assert directory is not None
        free = shutil.disk_usage(directory).free
        if free < _KERNELS_BYTES:
            troubles.append(
                f"{directory}: the disk is full ({free / 1e6:.1f} MB free), so kernels are "
                "compiled at every start; make room, or set NUMBA_CACHE_DIR to another "
                "directory"
            )
    facts = (("cache", str(directory or "none")), ("state", state))
    return Section("kernels", facts), troubles


def _files() -> tuple[Section, list[str]]:
    troubles = []
    file = config.path()
    state = "not there, so everything is as it comes"
    try:
        if file is not None and file.exists():
            _check_settings(config.load(file))
            state = "read"
    except (OSError, ValueError) as error:
        state = "not usable"
        troubles.append(str(error) if str(file) in str(error) else f"{file}: {error}")
    kept, sessions = directory(), Sessions(directory())
    facts = (
        ("config", f"{file} ({state})" if file else f"none: {places.HOMELESS}"),
        ("sessions", f"{kept} ({sessions.count()} kept)" if kept else f"none: {places.HOMELESS}"),
        ("faults", str(faults.directory() or f"none: {places.HOMELESS}")),
        ("presets", str(Path(str(resources.files("tuisim.values.presets"))))),
    )
    return Section("files", facts), troubles


def _check_settings(settings: config.Config) -> None:
    """Check what only the app knows: its actions and its themes."""
    from textual.theme import BUILTIN_THEMES

    from tuisim.terminal.themes import OURS
    from tuisim.tui.keys.keymaps import defaults
    from tuisim.tui.keys.vi import KEYMAPS

    config.check_theme(settings, [*BUILTIN_THEMES, *OURS])
    config.keymap(settings, *defaults(), over=KEYMAPS[settings.keymap])
