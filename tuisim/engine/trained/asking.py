"""What a file does not say: taken by default or as asked for, and told in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tuisim.engine.trained.layer import GATE_ACTIVATIONS, RESETS, Layer
from tuisim.values.activations import WRITTEN

#: What may be asked for → what it is called in a sentence, and what it allows.
ASKED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "activation": ("activation", tuple(WRITTEN)),
    "gates": ("activation of the gates", GATE_ACTIVATIONS),
    "reset": ("side of the product on which the reset gate acts", RESETS),
    "forget_bias": ("bias added to the forget gate as the net runs", ()),
}


def _unsaid(name: str) -> str:
    return f"{ASKED[name][0]}: not in the file"


def is_unsaid(layer: Layer, name: str) -> bool:
    """Whether the file of a layer does not say what `name` of ASKED asks for."""
    return any(one.startswith(_unsaid(name)) for one in layer.assumed)


class Asking:
    """Answers for a whole file, where it leaves something open.

    Args:
        given: of ASKED, what the caller wants; None where it is left to the default.

    Raises:
        ValueError: a value that is not allowed.
    """

    def __init__(self, **given: str | float | None) -> None:
        self.given = {name: value for name, value in given.items() if value is not None}
        self._used: set[str] = set()
        for name, value in self.given.items():
            allowed = ASKED[name][1]
            if allowed and value not in allowed:
                raise ValueError(f"{name}: got {value!r}, allowed: {', '.join(allowed)}")

    def word(self, name: str, default: str, assumed: list[str]) -> str:
        """A name that the file does not say; the sentence goes to `assumed`."""
        return str(self._answer(name, default, assumed))

    def number(self, name: str, default: float, assumed: list[str]) -> float:
        """A number likewise."""
        return float(self._answer(name, default, assumed))

    def _answer(self, name: str, default: str | float, assumed: list[str]) -> str | float:
        self._used.add(name)
        value = self.given.get(name, default)
        shown = f"{value:g}" if isinstance(value, float) else value
        way = "as asked" if name in self.given else "taken"
        assumed.append(f"{_unsaid(name)}; {shown} {way}")
        return value

    @property
    def used(self) -> list[str]:
        """What some layer left open."""
        return sorted(self._used)

    def use(self, names: Iterable[str]) -> None:
        """Take over what layers that were read elsewhere left open."""
        self._used.update(names)

    def check_used(self) -> None:
        """Raise ValueError where something was asked for that the file left open nowhere."""
        for name, value in self.given.items():
            if name not in self._used:
                raise ValueError(
                    f"{name}: got {value!r}, allowed: for layers of which the file does not say "
                    "it, and here is none"
                )
