"""The presets: one TOML file each, beside this one. Begin at essay.toml."""

from __future__ import annotations

from importlib import resources

from tuisim.values import toml
from tuisim.values.experiment import Experiment


def names() -> tuple[str, ...]:
    """All presets, in alphabetical order."""
    files = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name[: -len(".toml")] for name in files if name.endswith(".toml")))


def text(name: str) -> str:
    """The TOML of a preset.

    Raises:
        ValueError: there is no such preset.
    """
    if name not in names():
        raise ValueError(f"preset: got {name!r}, allowed: {', '.join(names())}")
    return (resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8")


def document(name: str) -> toml.Document:
    """A preset's values and what it says about itself.

    Raises:
        ValueError: there is no such preset.
    """
    return toml.loads(text(name))


def preset(name: str) -> Experiment:
    """A preset as an Experiment.

    Raises:
        ValueError: there is no such preset.
    """
    return Experiment(**toml.with_implied(document(name).changes))
