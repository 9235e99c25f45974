"""Parser: the text of a tape as a Tape. The grammar is that of VHS for what it covers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from tuisim.demos.grammar.directives import directive, meant
from tuisim.demos.grammar.keynames import MODIFIERS, NAMED, OF_VHS, SIGNS, in_vhs, key_of
from tuisim.demos.grammar.tape import (
    Command,
    Hide,
    Mark,
    Press,
    Screenshot,
    Show,
    Sleep,
    Start,
    Tape,
    Type,
    TypingSpeed,
    Wait,
)
from tuisim.demos.grammar.tokens import Token, tokens

MOST_PRESSES = 1000
MOST_SECONDS = 3600.0
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0}

_REFUSED = ("Require", "Source", "Env", "Copy", "Paste")
#: How VHS looks, which means nothing here.
_NAMES_OF_LOOKS = """
FontFamily FontSize LetterSpacing LineHeight Framerate Theme Height Width Padding LoopOffset
MarginFill Margin WindowBar WindowBarSize BorderRadius CursorBlink WaitTimeout WaitPattern
"""
_LOOKS = tuple(_NAMES_OF_LOOKS.split())
_SETTINGS = ("TypingSpeed", "PlaybackSpeed")
_COMMANDS = ("Type", "Sleep", "Wait", "Screenshot", "Hide", "Show", "Set", "Output")
_KEYWORDS = {*_COMMANDS, *NAMED, *MODIFIERS, *_REFUSED, *_SETTINGS, *_LOOKS, *_SECONDS}
_ALLOWED = ", ".join([*_COMMANDS, *NAMED, *(f"{one}+" for one in MODIFIERS)])


def parse(text: str) -> Tape:
    """The tape that a file's text says.

    Raises:
        TapeError: names line and column, what was got, and what is allowed.
    """
    return _Parser(tuple(tokens(text))).tape()


class _Parser:
    """The tokens, and how far they are read."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens, self._place = found, 0
        self._commands: list[Command] = []
        self._starts: dict[int, Token] = {}
        self._size: tuple[int, int] | None = None
        self._playback_speed: float | None = None
        self._notes: dict[str, None] = {}
        self._names: dict[str, set[str]] = {"step": set(), "screenshot": set()}

    def tape(self) -> Tape:
        while self._next.kind != "end":
            token = self._take()
            command = self._comment(token) if token.kind == "comment" else self._command(token)
            if command is not None:
                self._commands.append(command)
        commands, start = self._started()
        notes = tuple(self._notes)
        return Tape(tuple(commands), start, self._size, self._playback_speed or 1.0, notes)

    # Reading on.

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place += token.kind != "end"
        return token

    def _takes(self, kind: str, text: str | None = None) -> Token | None:
        matches = self._next.kind == kind and text in (None, self._next.text)
        return self._take() if matches else None

    def _need(self, what: str, allowed: str, *kinds: str) -> Token:
        if self._next.kind not in kinds:
            raise self._next.error(f"{what}: got {self._next.shown}, allowed: {allowed}")
        return self._take()

    # What a command says.

    def _comment(self, token: Token) -> Command | None:
        found = directive(token)
        if isinstance(found, tuple):
            if self._size is not None:
                raise token.error("size: got it twice, allowed: once")
            self._size = found
            return None
        if found is not None and hasattr(found, "name"):
            self._once(token, "step", found.name)
        if found is None and (ours := meant(token)):
            self._note(f"line {token.line}: #{token.text} has no effect; is # {ours} meant?")
        return found

    def _command(self, token: Token) -> Command | None:
        word = token.text if token.kind == "word" else ""
        if word in NAMED:
            return self._press(token)
        if word in MODIFIERS:
            return self._held(token)
        if word in _REFUSED:
            raise token.error(f"{word}: a tape here cannot do that, allowed: {_ALLOWED}")
        if word not in _READ:
            raise token.error(f"command: got {token.shown}, allowed: {_ALLOWED}")
        return _READ[word](self, token)

    def _press(self, token: Token) -> Press:
        if token.text not in OF_VHS:
            self._note(f"VHS has no command {token.text}")
        speed = self._speed()
        count = 1
        written = self._takes("number")
        if written is not None:
            count = int(written.text) if written.text.isdecimal() else 0
            if not 1 <= count <= MOST_PRESSES:
                said = f"{token.text}: got {written.text} times, allowed: 1…{MOST_PRESSES}"
                raise written.error(said)
        return Press(NAMED[token.text], count, speed, line=token.line)

    def _held(self, token: Token) -> Press:
        held, allowed = [token.text], "a character, or a key like Right, behind a +"
        while True:
            if self._takes("sign", "+") is None:
                raise self._next.error(
                    f"{'+'.join(held)}: got {self._next.shown}, allowed: {allowed}"
                )
            last = self._need("+".join(held), allowed, "word", "sign", "number")
            if last.text not in MODIFIERS:
                break
            if last.text in held:
                raise last.error(f"{last.text}+: got it twice, allowed: once")
            held.append(last.text)
        letter = len(last.text) == 1 and (last.kind != "sign" or last.text in SIGNS)
        if held == ["Shift"]:
            letter = letter and last.text.isalpha()
        if not letter and last.text not in NAMED:
            raise last.error(f"{'+'.join(held)}: got {last.shown}, allowed: {allowed}")
        if not in_vhs(held, last.text):
            self._note(f"VHS does not know {'+'.join([*held, last.text])}")
        return Press(key_of(held, last.text), line=token.line)

    def _type(self, token: Token) -> Type:
        speed = self._speed()
        words: list[Token] = []
        # VHS takes bare words too, and puts a space between two.
        while self._next.line == token.line and _is_text(self._next):
            words.append(self._take())
        if not words:
            said = f'Type: got {self._next.shown}, allowed: a text in quotes, as in Type "a"'
            raise self._next.error(said)
        text = " ".join(one.text for one in words)
        if not text or not text.isprintable():
            raise words[0].error(f"Type: got {text!r}, allowed: printable characters")
        self._starts[len(self._commands)] = words[0]
        return Type(text, speed, line=token.line)

    def _sleep(self, token: Token) -> Sleep:
        return Sleep(self._seconds("Sleep"), line=token.line)

    def _wait(self, token: Token) -> Wait:
        whole = True
        if self._takes("sign", "+") is not None:
            where = self._need("Wait+", "Screen, Line", "word")
            if where.text not in ("Screen", "Line"):
                raise where.error(f"Wait+: got {where.shown}, allowed: Screen, Line")
            whole = where.text == "Screen"
        patience = self._speed()
        found = self._takes("regex")
        if found is None:
            return Wait("", True, patience, line=token.line)
        try:
            re.compile(found.text)
        except re.error as error:
            raise found.error(f"Wait: got /{found.text}/, no regular expression: {error}") from None
        return Wait(found.text, whole, patience, line=token.line)

    def _screenshot(self, token: Token) -> Screenshot:
        allowed = "a path that ends in .png"
        path = self._path("Screenshot", allowed)
        stem = PurePosixPath(path.text).stem
        if not path.text.endswith(".png") or not stem or not path.text.isprintable():
            raise path.error(f"Screenshot: got {path.shown}, allowed: {allowed}")
        self._once(path, "screenshot", stem)
        return Screenshot(path.text, line=token.line)

    def _set(self, token: Token) -> TypingSpeed | None:
        name = self._need("Set", f"{', '.join(_SETTINGS)} and what VHS has", "word")
        if name.text == "TypingSpeed":
            return TypingSpeed(self._seconds("TypingSpeed"), line=token.line)
        if name.text == "PlaybackSpeed":
            self._set_playback_speed()
        elif name.text in _LOOKS:
            self._passed_over(f"Set {name.text}")
        else:
            allowed = ", ".join([*_SETTINGS, *_LOOKS])
            raise name.error(f"Set: got {name.shown}, allowed: {allowed}")
        return None

    def _output(self, token: Token) -> None:
        self._path("Output", "a path")
        self._note("Output is VHS's and has no effect here: tuisim record -o FILE.cast writes one")

    def _set_playback_speed(self) -> None:
        written = self._need("PlaybackSpeed", "a number, 0.1…100", "number")
        speed = _number(written)
        if speed is None or not 0.1 <= speed <= 100:
            raise written.error(f"PlaybackSpeed: got {written.text}, allowed: 0.1…100")
        if any(not isinstance(one, Mark) for one in self._commands):
            # VHS leaves it out as well, with a warning.
            self._note("Set PlaybackSpeed has no effect behind the first key")
        else:
            self._playback_speed = speed

    def _passed_over(self, what: str) -> None:
        if self._next.kind in ("end", "comment") or self._next.line != self._before.line:
            raise self._next.error(f"{what}: got {self._next.shown}, allowed: a value")
        self._take()
        if self._takes("sign", "%") is None and self._next.kind == "word":
            for unit in (*_SECONDS, "px", "em"):
                self._takes("word", unit)
        self._note(f"{what} is VHS's and has no effect here")

    @property
    def _before(self) -> Token:
        return self._tokens[self._place - 1]

    # Parts of commands.

    def _path(self, what: str, allowed: str) -> Token:
        first = self._next
        if first.kind != "regex":
            return self._need(what, allowed, "string", "word")
        # What begins with a slash is a pattern to VHS as well; the path goes on behind it.
        path, end = f"/{first.text}/", first.end
        self._take()
        while self._next.kind in ("word", "number") and self._next.end == end + len(
            self._next.text
        ):
            path, end = path + self._next.text, self._next.end
            self._take()
        raise first.error(
            f"{what}: got {path!r}, allowed: {allowed}, in quotes if it begins with /"
        )

    def _speed(self) -> float | None:
        sign = self._takes("sign", "@")
        return None if sign is None else self._seconds(f"{self._tokens[self._place - 2].text}@")

    def _seconds(self, what: str) -> float:
        allowed = "a time like 500ms, 2s or 0.5"
        written = self._need(what, allowed, "number")
        unit = 1.0
        if self._next.kind == "word" and self._next.text in _SECONDS:
            unit = _SECONDS[self._take().text]
        value = _number(written)
        if value is None or value * unit > MOST_SECONDS:
            said = f"{what}: got {written.text}, allowed: {allowed}, at most {MOST_SECONDS:g}s"
            raise written.error(said)
        return round(1000 * value * unit) / 1000

    def _once(self, token: Token, kind: str, name: str) -> None:
        if name in self._names[kind]:
            raise token.error(f"{kind}: got {name!r} twice, allowed: names that differ")
        self._names[kind].add(name)

    def _note(self, text: str) -> None:
        self._notes[text] = None

    # The beginning.

    def _started(self) -> tuple[list[Command], Start | None]:
        """The commands without those that open the app, and these."""
        acts = [i for i, one in enumerate(self._commands) if _acts(one)]
        hidden = bool(acts) and isinstance(self._commands[acts[0]], Hide)
        first, enter, *rest = [*acts[hidden:], -1, -1]
        typed = self._commands[first] if first >= 0 else None
        if not isinstance(typed, Type) or typed.text.split(" ")[0] != "tuisim":
            return self._commands, None
        token = self._starts[first]
        if enter < 0 or self._commands[enter] != Press("enter"):
            raise token.error("start: got tuisim without Enter behind it, allowed: Enter")
        gone = {*acts[:hidden], first, enter}
        if hidden:
            for place in rest:
                command = self._commands[place] if place >= 0 else None
                if not isinstance(command, Sleep | Wait | Show):
                    raise token.error("start: got Hide without Show, allowed: Show behind Enter")
                gone.add(place)
                if isinstance(command, Show):
                    break
        kept = [one for i, one in enumerate(self._commands) if i not in gone]
        return kept, _start(typed, token)


def _acts(command: Command) -> bool:
    return isinstance(command, Hide | Show) or not isinstance(command, Mark)


def _start(typed: Type, token: Token) -> Start:
    try:
        words = shlex.split(typed.text)[1:]
    except ValueError as error:
        raise token.error(f"start: got {typed.text!r}, which no shell reads: {error}") from None
    return Start(tuple(words), line=token.line, column=token.column + 1)


def _is_text(token: Token) -> bool:
    return token.kind == "string" or (token.kind == "word" and token.text not in _KEYWORDS)


def _number(token: Token) -> float | None:
    try:
        return float(token.text)
    except ValueError:
        return None


_READ: Mapping[str, Callable[[_Parser, Token], Command | None]] = {
    "Type": _Parser._type,
    "Sleep": _Parser._sleep,
    "Wait": _Parser._wait,
    "Screenshot": _Parser._screenshot,
    "Hide": lambda _, token: Hide(line=token.line),
    "Show": lambda _, token: Show(line=token.line),
    "Set": _Parser._set,
    "Output": _Parser._output,
}
