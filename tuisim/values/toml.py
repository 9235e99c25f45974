"""Experiments as TOML files and back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from tuisim.system.text import decoded
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.fields import refusal

#: Keys of a file that say what it is for; they are not fields of an Experiment.
ABOUT = ("description", "look_for")

# An experiment with 2048 eigenvalues takes 100 kB; anything past this was not meant.
_MOST_BYTES = 1_000_000


@attrs.frozen
class Document:
    """What a file holds: checked values of fields, and words about them."""

    changes: Mapping[str, Any]
    description: str = ""
    look_for: str = ""


def dumps(experiment: Experiment, description: str = "") -> str:
    """The experiment as TOML: the fields that are not at their default, each with its meaning."""
    lines = [f"description = {quoted(description)}"] if description else []
    lines += entries(non_default(experiment), FIELDS)
    if not lines:
        lines.append("# Every field is at its default.")
    return "\n".join(lines) + "\n"


def entries(values: Mapping[str, Any], fields: Mapping[str, attrs.Attribute[Any]]) -> list[str]:
    """A line of TOML for each value, with the meaning of its field."""
    return [
        f"{name} = {_toml_value(value)}  # {fields[name].metadata['help']}"
        for name, value in values.items()
    ]


def loads(text: str) -> Document:
    """Read the text of an experiment's file.

    Raises:
        ValueError: not TOML, an unknown key, or a value its field does not allow.
    """
    return document(_parse(text))


def load(path: Path) -> Document:
    """Read an experiment's file.

    Raises:
        OSError: the file cannot be read.
        ValueError: as `loads`, with the file's name before it.
    """
    try:
        return document(read_table(path))
    except ValueError as error:
        message = str(error)
        raise ValueError(message if str(path) in message else f"{path}: {message}") from None


def read_table(path: Path) -> dict[str, Any]:
    """The table in a TOML file of any kind.

    Raises:
        OSError: the file cannot be read.
        ValueError: not TOML; names the file.
    """
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{path}: larger than {_MOST_BYTES} bytes, so not a file of tuisim's")
    try:
        return _parse(decoded(content))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def document(table: Mapping[str, Any]) -> Document:
    """Check a table read from TOML.

    Raises:
        ValueError: an unknown key, or a value its field does not allow.
    """
    changes: dict[str, Any] = {}
    words: dict[str, str] = {}
    for key, value in table.items():
        if key in ABOUT:
            if not isinstance(value, str):
                raise ValueError(f"{key}: got {value!r}, allowed: a text")
            words[key] = value
        else:
            changes[key] = checked(key, value)
    return Document(changes, **words)


def checked(name: str, value: Any) -> Any:
    """The value as the field keeps it; eigenvalues may be numbers or texts like "0.9+0.3j".

    Raises:
        ValueError: no such field, or not allowed by it.
    """
    if name not in FIELDS:
        raise ValueError(f"{name}: no such field, allowed: {', '.join((*FIELDS, *ABOUT))}")
    field = FIELDS[name]
    if field.metadata.get("kind") == "eigenvalues":
        value = _eigenvalues(name, value)
    elif field.metadata.get("optional") and value == "none":
        value = None
    assert callable(field.converter)
    return field.converter(value)


def read(name: str, text: str) -> Any:
    """A field's value from what was typed for it.

    Raises:
        ValueError: names the field, what was typed, what is allowed.
    """
    metadata = FIELDS[name].metadata if name in FIELDS else {}
    kind = metadata.get("kind")
    value: Any = text
    try:
        if kind == "whole" and not (text == "none" and metadata["optional"]):
            value = _whole(text)
        elif kind == "real":
            value = float(text)
        elif kind == "eigenvalues":
            value = [one.strip() for one in text.split(",")] if text.strip() else []
        elif kind == "flag":
            value = {"true": True, "false": False}.get(text.lower(), text)
    except ValueError:
        # The field refuses a text, in its own words.
        value = text
    return checked(name, value)


def _whole(text: str) -> int:
    """The whole number that was typed, also as 1e3."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


def non_default(experiment: Experiment) -> dict[str, Any]:
    """The fields that must be named to get this experiment from the defaults."""
    values = {name: getattr(experiment, name) for name in FIELDS}
    # The eigenvalues decide these two.
    implied = ("spectrum", "width") if experiment.spectrum == "eigenvalues" else ()
    return {
        name: value
        for name, value in values.items()
        if value != FIELDS[name].default and name not in implied
    }


def with_implied(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Eigenvalues choose the spectrum and the width where these are not chosen beside them.

    A layer's take the place of its own.
    """
    eigenvalues = changes.get("eigenvalues")
    if not eigenvalues or changes.get("layer"):
        return dict(changes)
    return {"spectrum": "eigenvalues", "width": len(eigenvalues)} | dict(changes)


def laid_over(ground: Experiment, changes: Mapping[str, Any]) -> tuple[Experiment, tuple[str, ...]]:
    """The ground with changes that were given together, and a note for each field they reset.

    Raises:
        ValueError: the changes contradict each other.
    """
    changes = with_implied(changes)
    result, notes = ground.adjusted(**changes)
    if any(getattr(result, name) != value for name, value in changes.items()):
        # All else is reset by now, so this names the contradiction between the changes.
        attrs.evolve(result, **changes)
    return result, notes


def spoken(number: complex) -> str:
    """An eigenvalue as a person types it: 0.5 or 0.9+0.3j."""
    return repr(number.real) if number.imag == 0 else repr(number).strip("()")


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"not valid TOML: {error}") from None


def _eigenvalues(name: str, value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return tuple(_eigenvalue(name, one) if isinstance(one, str) else one for one in value)


def _eigenvalue(name: str, text: str) -> complex:
    try:
        return complex(text.replace(" ", ""))
    except ValueError:
        allowed = "numbers like 0.5 and 0.9+0.3j, with commas between them"
        raise refusal(name, text, allowed) from None


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_toml_value(one) for one in value)}]"
    if isinstance(value, complex):
        return repr(value.real) if value.imag == 0 else quoted(spoken(value))
    return repr(value)


def quoted(text: str) -> str:
    """The text as TOML has it."""
    escaped = "".join(
        f"\\u{ord(c):04x}" if c in '"\\' or c < " " or c == "\x7f" else c for c in text
    )
    return f'"{escaped}"'
