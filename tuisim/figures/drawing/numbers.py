"""Numbers and symbols as text, in Unicode and in ASCII. Imports the standard library only.

Norms come as log10 values, since they reach far outside float64: 10 to their power is never taken.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile(r"(?:·)?10([⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")

#: What stands for a symbol where only ASCII may be written.
_ASCII = {
    "‖": "|",
    "∂": "d",
    "Δ": "D",
    "ρ": "rho",
    "σ": "sigma",
    "λ": "lambda",
    "φ": "phi",
    "χ": "chi",
    "γ": "gamma",
    "θ": "theta",
    "η": "eta",
    "π": "pi",
    "μ": "mu",
    "κ": "kappa",
    "Λ": "L",
    "Φ": "Phi",
    "Π": "prod ",
    "∏": "prod ",
    "Σ": "sum ",
    "⊙": "*",
    "₀": "0",
    "₁": "1",
    "₂": "2",
    "′": "'",
    "×": "x",
    "∞": "^",
    "√": "sqrt ",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "±": "+-",
    "−": "-",
    "–": "-",
    "—": "-",
    "…": "...",
    "·": "|",
    "•": "o",
    "◆": "@",
    "◇": "+",
    "▶": ">",
    "◀": "<",
    "✕": "x",
    "⏸": "=",
    "←": "<",
    "→": ">",
    "↑": "^",
    "↓": "v",
    "⏎": "enter",
    "⌫": "backspace",
    "─": "-",
    "│": "|",
    "┤": "+",
    "├": "+",
    "┬": "+",
    "┴": "+",
    "┼": "+",
    "└": "+",
    "┘": "+",
    "┌": "+",
    "┐": "+",
    "╭": "+",
    "╮": "+",
    "╰": "+",
    "╯": "+",
    "½": "1/2",
    "¼": "1/4",
    "°": "deg",
    "τ": "tau",
    "δ": "delta",
    "●": "*",
    "░": "-",
    "▒": "=",
    "▓": "#",
    "█": "%",
    # What the terminal library draws.
    "▲": "^",
    "▼": "v",
    "🔎": "> ",
}

#: Steps between ticks that lie in the middle of rows, in decades and of numbers, and ten times
#: these and so on.
_DECADES, _STEPS = (1, 2, 3, 4, 5), (1, 2, 5)
#: The least share of an axis that is left to what is drawn, and how much of it a third tick is
#: worth.
_ROOM_LEAST, _FOR_A_THIRD_TICK = 0.7, 0.25

#: What is nearer to 1 as a factor a step changes nothing within the longest run.
_APART_LEAST = 5e-10

#: A log10 so near a whole number is that power of ten to three digits, and needs none.
_WHOLE = 1e-3
#: An exponent from here on has more digits than anybody reads.
_WORDLESS = 1e9

_PRODUCT = re.compile(r"(?<=\S)·(?=\S)")

#: Infinity in words; alone it is a mark of one cell.
_INFINITE = re.compile("([−+±]|→ )∞")

#: What stands in a column of a line, and what parts it from the next.
_CELL = re.compile(r"(.*?)(  +|$)")

#: Superscripts on their own: Wᵀ, 1².
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀᵗⁿⁱᵏ]+")


def _stand_in(one: str) -> str:
    """A character in ASCII: its own stand-in, or its plain letters, or a question mark."""
    if one.isascii():
        return one
    plain = unicodedata.normalize("NFKD", one).encode("ascii", "ignore").decode()
    return _ASCII.get(one) or plain or "?"


def power_of_ten(exponent: int) -> str:
    """10⁻³ for −3; 10^-8.7·10¹⁷ for an exponent of more digits than anybody reads."""
    if abs(exponent) >= _WORDLESS:
        return f"10^{format_value(float(exponent))}"
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


@lru_cache(maxsize=4096)
def ascii_text(text: str) -> str:
    """The same in ASCII: 10⁻³ is 1e-3, 1.2·10⁻⁵ is 1.2e-5, ‖∂L/∂h_t‖ is |dL/dh_t|.

    It may be longer than the text; what has no counterpart is a question mark.
    """
    if text.isascii():
        return text
    text = _INFINITE.sub(lambda found: found[1].replace("→", "->") + "inf", text)

    def power(match: re.Match[str]) -> str:
        exponent = match.group(1).translate(_DIGITS)
        return f"e{exponent}" if match.group(0).startswith("·") else f"1e{exponent}"

    text = _POWER.sub(power, text)
    # Between two things a product, and between two texts a mark that parts them.
    text = _PRODUCT.sub("*", text)
    text = _RAISED.sub(lambda match: f"^{_plain(match.group(0).replace('⁻', '-'))}", text)
    return _plain(text)


def ascii_columns(text: str) -> str:
    """The same of lines with columns, which begin where they did: what is two spaces apart.

    A column moves on only where what stands before it has become too long.
    """
    return text if text.isascii() else "\n".join(map(_ascii_row, text.split("\n")))


def _ascii_row(line: str) -> str:
    row = ""
    for found in _CELL.finditer(line):
        row = f"{row}{ascii_text(found[1])}"
        if found[2]:
            row = row.ljust(max(found.end(), len(row) + 2 * bool(found[1])))
    return row


def _plain(text: str) -> str:
    return "".join(map(_stand_in, text))


@lru_cache(maxsize=4096)
def one_cell_each(text: str) -> str:
    """The text with every character one terminal cell wide, so that its length is its width.

    Characters of two cells become question marks; those of none are left out.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = []
    for one in text:
        if unicodedata.category(one) in ("Mn", "Me", "Cf", "Cc", "Cs", "Zl", "Zp"):
            continue
        kept.append("?" if unicodedata.east_asian_width(one) in "WF" else one)
    return "".join(kept)


def format_log10(log10: float, digits: int = 2) -> str:
    """10 to the power of log10, in `digits` significant digits: 0.039, 1.2·10⁻²⁴⁰⁰.

    −inf is 0; inf and nan are themselves. 10⁻⁵ is that to a digit more; what is 1.0·10⁻⁵ to two
    digits alone is written so.
    """
    if math.isnan(log10):
        return "nan"
    if math.isinf(log10):
        return "0" if log10 < 0 else "inf"
    if abs(log10) >= _WORDLESS:
        return power_of_ten(round(log10))
    exponent = math.floor(log10)
    mantissa = float(f"{10 ** (log10 - exponent):.{digits - 1}f}")
    if mantissa >= 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    if -3 <= exponent < 4:
        return f"{mantissa * 10.0**exponent:.{max(digits - 1 - exponent, 0)}f}"
    if mantissa == 1 and (digits == 1 or abs(log10 - exponent) < _WHOLE):
        return power_of_ten(exponent)
    return f"{mantissa:.{digits - 1}f}·{power_of_ten(exponent)}"


def format_value(value: float, digits: int = 2) -> str:
    """A plain number as format_log10 writes it, with its sign."""
    if not math.isfinite(value) or value == 0:
        return "nan" if math.isnan(value) else "0" if value == 0 else f"{value}"
    sign = "-" if value < 0 else ""
    return sign + format_log10(math.log10(abs(value)), digits)


def format_fixed(value: float, decimals: int = 4) -> str:
    """A plain number with so many decimals and a true minus sign: −0.2139."""
    text = f"{value:.{decimals}f}"
    # What rounds to zero has no sign.
    return text.replace("-", "−" if float(text) else "")


def format_nats(rate: float) -> str:
    """A rate with four decimals, in five digits where it is large: −0.2139, −1.2693·10¹⁸."""
    if not math.isfinite(rate) or abs(rate) < 100:
        return format_fixed(rate)
    return ("−" if rate < 0 else "") + format_value(abs(rate), 5)


def format_factor(factor: float) -> str:
    """A factor per step in three digits after the point: 0.891, 1.012, 12.3, 3.1·10⁻⁵."""
    if not math.isfinite(factor) or factor == 0:
        return format_value(factor)
    if 0.001 <= factor < 10:
        return f"{factor:.3f}"
    return format_value(factor, 3 if factor >= 10 else 2)


def format_step_factor(factor: float) -> str:
    """As `format_factor`, with two digits of what sets it apart from 1: 0.891, 0.99983, 1.0012.

    Over thousands of steps that is all there is to know; what is 1 to nine digits is 1.000.
    """
    apart = abs(factor - 1.0)
    if not _APART_LEAST <= apart < 0.01:
        return format_factor(factor)
    return f"{factor:.{1 - int(f'{apart:.1e}'.partition('e')[2])}f}"


def _tick_text(value: float, step: float) -> str:
    short = f"{value:.5e}"
    # Neighbours far from 0 must not read the same.
    told = abs(float(short) - value) <= 0.05 * step or abs(value) >= 1e15
    if value != 0 and told and (abs(value) >= 1e5 or step < 1e-3):
        mantissa, _, exponent = short.partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        power = power_of_ten(int(exponent))
        return power if mantissa == "1" else f"{mantissa}·{power}"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**decimals, 6) != round(step * 10**decimals):
        decimals += 1
    return f"{value:.{decimals}f}"


def nice_step(span: float, count: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that cuts the span in at most `count`."""
    raw = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 5, 10):
        if factor * power >= raw * (1 - 1e-9):
            return factor * power
    return 10 * power


def upright_axis(
    low: float, high: float, rows: int, log: bool, dots: int = 4
) -> tuple[float, float, tuple[tuple[float, str], ...]]:
    """Limits of an upright axis for a canvas of `rows` rows, and its ticks, whole decades if `log`.

    The limits are moved apart a little, for ticks to lie in the middle of rows and as many rows
    from one another: what is drawn between two labels is then where the eye takes it to be. Where
    that would cost too much of the room they stay, and ticks are at the rows nearest to them.

    Args:
        dots: how many there are in a row.
    """
    if rows < 1 or not high > low:
        return low, high, ()
    found = _aligned(low, high, rows, log, dots)
    if found is None:
        step = nice_step(high - low, max(1, (rows - 1) // _least_apart(rows)))
        step = max(1.0, step) if log else step
    else:
        low, high, step = found
    slack = 1e-9 * (high - low) / step
    first, last = math.ceil(low / step - slack), math.floor(high / step + slack)
    if last == first and rows > 1 and log:
        # One tick tells no scale: both ends do.
        values = [float(math.ceil(low)), float(math.floor(high))]
    else:
        values = [index * step for index in range(first, last + 1)]
    if log:
        return low, high, tuple((value, power_of_ten(round(value))) for value in values)
    return low, high, tuple((value + 0.0, _tick_text(value + 0.0, step)) for value in values)


def _least_apart(rows: int) -> int:
    """How many rows there are between two ticks at least."""
    return 2 if rows < 9 else 3


def _aligned(
    low: float, high: float, rows: int, log: bool, dots: int
) -> tuple[float, float, float] | None:
    """The limits, and the step of ticks, that leave most of the room to low…high."""
    span, last, middle = high - low, dots * rows - 1, (dots - 1) // 2
    best, most = None, 0.0
    power, steps = (0, _DECADES) if log else (math.floor(math.log10(span)) - 2, _STEPS)
    for step in (one * 10.0**exponent for exponent in range(power, power + 5) for one in steps):
        first = math.ceil(low / step - 1e-9)
        apart = min(math.floor(last * step / (dots * span) + 1e-9), rows)
        for rows_apart in range(apart, _least_apart(rows) - 1, -1):
            unit = step / (dots * rows_apart)
            # The first tick lies in the middle of the lowest row that has `low` in or over it.
            below = max(math.ceil(((first * step - low) / unit - middle) / dots - 1e-9), 0)
            bottom = first * step - (middle + dots * below) * unit
            top = bottom + last * unit
            if top >= high - 1e-9 * span:
                lowest = middle + dots * below
                each = dots * rows_apart
                ticks = (last - lowest) // each + 1 + lowest // each
                room = span / (top - bottom)
                worth = room if ticks > 2 else room - _FOR_A_THIRD_TICK
                if ticks > 1 and room >= _ROOM_LEAST and worth > most + 1e-9:
                    # Rounding must not move the limits together.
                    best, most = (min(bottom, low), max(top, high), step), worth
                break
    return best


def across_ticks(low: float, high: float, columns: int) -> tuple[tuple[float, str], ...]:
    """Ticks of the axis across for a canvas of `columns` columns; both ends are among them."""
    if columns < 1 or not high > low:
        return ()
    widest = max(len(f"{low:g}"), len(f"{high:g}"), 2)
    span = high - low
    if 1e5 <= max(abs(low), abs(high)) < 1e15 and span < 1e-4 * max(abs(low), abs(high)):
        # There all digits are written.
        widest = max(len(f"{low:.0f}"), len(f"{high:.0f}"))
    count = max(1, min(10, columns // (widest + 6)))
    step = nice_step(span, count)
    whole = float(low).is_integer() and float(high).is_integer()
    # Quarters of a round depth read better than fifths: 0 25 50 75 100.
    if whole and count >= 4 and span % 4 == 0 and span / step > 4 and count < 8 and span >= 20:
        step = span / 4
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [index * step for index in range(first, last + 1)]
    room = (widest + 2) * span / columns
    values = [low, *(one for one in values if one - low >= room and high - one >= room), high]
    if columns < 2 * widest + 2:
        values = values[:1]
    return tuple((value, _true_text(value, step, span)) for value in values)


def _true_text(value: float, step: float, span: float) -> str:
    """A tick's text, with digits more where it would lie: the ends need not be whole steps."""
    text = _tick_text(value, step)
    for finer in (step / 10, step / 100):
        plain = text.lstrip("-").replace(".", "").isdecimal()
        if not plain or finer < 1e-3 or abs(float(text) - value) <= 0.005 * span:
            break
        text = _tick_text(value, finer)
    return text
