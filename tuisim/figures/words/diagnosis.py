"""A diagnosis in words: a table of its nets, and a sentence on who carries memory and who loses it.

Every word follows from a number of a run; nothing is said that was not measured.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from tuisim.engine.diagnosis.ablation import FARTHEST
from tuisim.figures.drawing.numbers import (
    ascii_text,
    format_factor,
    format_log10,
    format_nats,
    one_cell_each,
)
from tuisim.figures.drawing.wrapping import shortened, wrapped
from tuisim.figures.words.rates import factor_words
from tuisim.values.layered import split

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.ablation import Diagnosis, Measured

_HEAD = ("", "a step", "nats", "10^±3 at", "sat.", "‖∂L/∂W‖")
_GATES = {"lstm": "forget", "gru": "update"}
_FORMATS = {"float8_e4m3": "fp8 (e4m3)"}
_LEAST_NAME = 8


@attrs.frozen
class Table:
    """A diagnosis in lines: what was looked at, a head, a row for each net, and what they say."""

    what: list[str]
    head: str
    rows: list[str]
    said: list[str]


def diagnosis_table(found: Diagnosis, width: int, ascii: bool = False) -> Table:
    """The same as `diagnosis_lines`, in its parts."""

    def plain(text: str) -> str:
        return one_cell_each(ascii_text(text) if ascii else text)

    rows = [_HEAD, *(_row(found, one) for one in found.lines)]
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    spare = width - sum(widths[1:]) - 2 * len(widths[1:])
    widths[0] = min(widths[0], max(spare, _LEAST_NAME))
    lines = []
    for name, *numbers in shown:
        cells = [one.rjust(wide) for one, wide in zip(numbers, widths[1:], strict=True)]
        line = "  ".join([shortened(name, widths[0], ascii).ljust(widths[0]), *cells])
        lines.append(shortened(line.rstrip(), width, ascii))
    said = [] if found.line("radius") or not found.scaled else [_no_radius(found)]
    said.append(diagnosis_sentence(found))
    head, *of_nets = lines
    return Table(
        wrapped(plain(_what(found)), width),
        head,
        of_nets,
        [part for one in said for part in wrapped(plain(one), width)],
    )


def diagnosis_lines(found: Diagnosis, width: int, ascii: bool = False) -> list[str]:
    """What was looked at, a row a net, and the sentence, in lines of at most `width`."""
    table = diagnosis_table(found, width, ascii)
    return [*table.what, table.head, *table.rows, *table.said]


def diagnosis_sentence(found: Diagnosis) -> str:
    """Which part carries the memory and which loses it, by what the gradient does without it."""
    trained = found.lines[0]
    if math.isnan(trained.rate):
        as_asked = _asked(found).capitalize()
        return f"{as_asked} the gradient is not a number: nothing can be said of its memory."
    e = found.experiment
    heard = {"none": "At rest", "noise": "Under noise"}.get(e.input, "Under its input")
    return f"{heard}, {_carried(found)}; {_lost(found)}."


def line_name(found: Diagnosis, one: Measured) -> str:
    """What was done in a line of the table: "forget gate at 0.993"."""
    gate = _GATES.get(found.layer.cell, "")
    match one.kind:
        case "gate on its bias":
            return f"{gate} gate on its bias alone"
        case "gate pinned":
            return f"{gate} gate at {one.value:g}"
        case "gate bias more":
            return f"{gate} bias + {one.value:g}"
        case "activation":
            return f"φ {one.value}"
        case "radius":
            return f"W × {format_factor(one.value)}: rate turns"
        case "clipped":
            return f"clipped to norm {one.value:g}"
        case "rounded":
            return f"weights in {_FORMATS.get(one.value, one.value)}"
        case "noise":
            return "under noise"
        case "as trained":
            return _asked(found)
        case _:
            return one.kind


def _asked(found: Diagnosis) -> str:
    """What the net is called that was asked for."""
    return "as given" if found.changed else "as trained"


def _what(found: Diagnosis) -> str:
    e, layer = found.experiment, found.layer
    hears = {"none": "at rest: no input", "noise": "input noise"}.get(e.input, f"input {e.input}")
    units = f"{layer.cell} of {layer.width} units"
    return f"{split(e.layer)[1]}: {units}, φ {e.activation}; {e.depth} steps, {hears}"


def _row(found: Diagnosis, one: Measured) -> tuple[str, ...]:
    steps = f"> {one.experiment.depth}" if one.horizon is None else f"{one.horizon}"
    steps = "nan" if math.isnan(one.rate) else steps
    saturated = f"{100 * one.saturation:.0f} %" if math.isfinite(one.saturation) else "nan"
    return (
        line_name(found, one),
        factor_words(one.rate),
        format_nats(one.rate),
        steps,
        saturated,
        format_log10(one.weight_gradient_log10),
    )


def _no_radius(found: Diagnosis) -> str:
    sign = "over" if found.lines[0].rate > 0 else "under"
    return f"The rate stays {sign} 0 with W × 1/{FARTHEST:g} to W × {FARTHEST:g}, wherever tried."


def _carried(found: Diagnosis) -> str:
    carries, trained = found.carries, _factor(found.lines[0])
    asked = _asked(found)
    gate = _GATES.get(found.layer.cell, "")
    if carries is not None:
        absent, present = _factor(carries.absent), _factor(carries.present)
        match carries.part:
            case "gate's weights":
                return (
                    f"memory is carried by what the {gate} gate hears: {absent} a step back on its "
                    f"bias alone, {present} {asked}"
                )
            case "gate's bias":
                return (
                    f"memory is carried by the {gate} gate's bias: {present} a step back on it "
                    f"alone, {absent} at 1/2"
                )
            case "slopes":
                return (
                    f"memory is carried by the slopes of {found.experiment.activation}: {absent} a "
                    f"step back without them, {present} {asked}"
                )
            case _:
                return (
                    f"memory is carried by what the input does: {absent} a step back at rest, "
                    f"{present} {asked}"
                )
    linear = found.line("activation", "identity")
    if linear is not None:
        return f"W alone gives {_factor(linear)} a step back (φ identity), {asked} {trained}"
    return (
        f"no part carries the memory by itself: {trained} a step back {asked}, and less than "
        "twice as much is lost with one taken away"
    )


def _lost(found: Diagnosis) -> str:
    loses, trained = found.loses, found.lines[0]
    gate = _GATES.get(found.layer.cell, "")
    if loses is None and found.kept:
        what = "it grows" if trained.rate > 0 else "at most half is lost"
        return f"{what} over {found.experiment.depth} steps"
    if loses is None:
        return "no part loses it by itself: more than half of the loss stays without it"
    absent = _factor(loses.absent)
    match loses.part:
        case "gate's weights":
            return f"what the {gate} gate hears loses it: {absent} on its bias alone"
        case "gate":
            at = f"{loses.absent.value:g}"
            return f"the {gate} gate loses it by not staying open: {absent} with it at {at}"
        case "slopes":
            return f"the slopes of {found.experiment.activation} lose it: {absent} without them"
        case _:
            return f"the input loses it: {absent} at rest"


def _factor(one: Measured) -> str:
    return factor_words(one.rate)
