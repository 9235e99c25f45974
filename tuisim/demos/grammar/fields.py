"""Fields: what a tape may expect of the app and show in a caption, by name. Values alone."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tuisim.values.experiment import FIELDS
from tuisim.values.toml import read

#: Words that stand for numbers.
NONE = "none"
REGIMES = ("vanishing", "stable", "exploding", "dead", "not a number")

#: What is measured, with what it is.
MEASURED: Mapping[str, str] = {
    "regime": "the verdict",
    "gradient_rate": "mean change of ln ‖∂L/∂h_t‖ a step back",
    "hidden_rate": "mean change of ln ‖h_t‖ a step",
    "horizon": "steps back until the gradient has changed a thousandfold",
    "gradient_log10": "log10 ‖∂L/∂h_t‖ at the cursor, else at 0",
    "hidden_log10": "log10 ‖h_t‖ at the cursor, else at T",
    "updates": "how many the training in view 8 has made",
    "overshoots": "at how many of them the loss jumped",
    "accuracy": "share that the newest of them got right",
    "trained_radius": "ρ(W) of the net in training",
    "trained_rate": "mean change of ln ‖∂L/∂h_t‖ a step back, in the newest update",
}
#: What there is not always: a horizon beyond the depth, a training that was not begun.
PERHAPS = {"horizon", "updates", "overshoots", "accuracy", "trained_radius", "trained_rate"}
#: What a caption may show besides: the same in the words of the app.
IN_WORDS: Mapping[str, str] = {
    "gradient_factor": "the factor of a step back: 0.891",
    "hidden_factor": "the factor of a step",
    "gradient_norm": "10 to the power of gradient_log10: 1.0·10⁻⁵",
    "hidden_norm": "10 to the power of hidden_log10",
    "right": "accuracy in per cent",
    "trained_factor": "the factor of a step back in the newest update",
}
NAMES = (*FIELDS, *MEASURED)
_NUMBERS = {"whole", "real"}

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,17}(?:\.[0-9]{0,17})?|\.[0-9]{1,17})(?:[eE][+-]?[0-9]{1,3})?|-?inf|nan"
)

#: {FIELD} in a caption.
SHOWN = re.compile(r"\{([A-Za-z_0-9]+)\}")


def is_number(field: str) -> bool:
    """Whether its values are numbers, that can lie near one another."""
    if field in MEASURED:
        return field != "regime"
    return FIELDS[field].metadata.get("kind") in _NUMBERS


def near(word: str, names: Iterable[str], shown: str = "{}") -> str:
    """Which of the names a word seems to be meant for, as a message says it; else ""."""
    found = difflib.get_close_matches(word, [*names], 1, 0.7)
    return f" (did you mean {shown.format(found[0])}?)" if found else ""


def check_expected(field: str, value: str) -> None:
    """Check what a tape expects of a field.

    Raises:
        ValueError: no such field, or a value that it can never have.
    """
    if field not in NAMES:
        said = f"field: got {field!r}{near(field, NAMES)}"
        raise ValueError(f"{said}, allowed: {', '.join(NAMES)}")
    if field in FIELDS:
        read(field, value)
    elif field == "regime":
        if value not in REGIMES:
            raise ValueError(f"regime: got {value!r}, allowed: {', '.join(REGIMES)}")
    elif number(value) is None and not (field in PERHAPS and value == NONE):
        also = f" or {NONE}" if field in PERHAPS else ""
        raise ValueError(f"{field}: got {value!r}, allowed: a number, inf, -inf, nan{also}")


def number(text: str) -> Decimal | None:
    """What was written, with its digits; None where it is no number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def agrees(field: str, value: str, within: float | None, found: Any) -> bool:
    """Whether what was found is what was expected.

    Args:
        value: as it is written; without `within` found must round to it, with its digits.
    """
    if not is_number(field):
        return bool(found == (value if field == "regime" else read(field, value)))
    expected = number(value)
    if found is None or expected is None:
        return found is None and expected is None
    if not expected.is_finite() or not math.isfinite(found):
        target = float(expected)
        return bool(target == found) or (math.isnan(target) and math.isnan(found))
    difference = abs(Decimal(found) - expected)
    if within is not None:
        return difference <= Decimal(within)
    exponent = expected.as_tuple().exponent
    assert isinstance(exponent, int)
    return difference <= Decimal(5).scaleb(exponent - 1)
