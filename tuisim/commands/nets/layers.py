"""tuisim layers: which recurrent layers a file holds, and what their matrices are like."""

from __future__ import annotations

import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuisim.commands.machine.waiting import elapsed_said
from tuisim.commands.run.options import PathName, Real, named_file
from tuisim.terminal.terminal import emit, is_unicode
from tuisim.values.command_line import option_words

if TYPE_CHECKING:
    from tuisim.engine.trained.layer import Layer

#: Behind the name: cell, units, inputs, gate, ρ, σ₁, departure, mean bias.
_WIDTHS = (4, 5, 6, 4, 8, 8, 9, 9)
_HEAD = ("cell", "units", "inputs", "gate", "ρ", "σ₁", "departure", "mean bias")


@click.command()
@click.argument("file", type=PathName())
@click.option("--json", "as_json", is_flag=True, help="the numbers as a JSON object")
@click.option("--activation", metavar="NAME", help="φ, where the file does not say it")
@click.option("--gates", metavar="NAME", help="the gates' activation likewise: hard_sigmoid_0.2, …")
@click.option("--reset", metavar="NAME", help="where a gru resets likewise: after, before")
@click.option(
    "--forget-bias",
    type=Real("a number", lambda value: abs(value) < float("inf")),
    metavar="X",
    help="what is added to an lstm's forget gate as it runs likewise",
)
def layers(file: Path, as_json: bool, **given: Any) -> None:
    """List the recurrent layers in a file of torch, safetensors, ONNX, Keras or NumPy.

    Of each gate: spectral radius ρ, largest singular value σ₁ and departure from normality of its
    recurrent matrix, and the mean of its bias. Nothing in the file is run.
    """
    from tuisim.engine.trained.reading import read_layers

    with named_file(file), elapsed_said("reading"):
        found = read_layers(file, **given)
    if as_json:
        from tuisim.files.layers import layers_json

        asked = option_words({name: one for name, one in given.items() if one is not None})
        with elapsed_said("measuring"):
            text = layers_json(found, shlex.join(["tuisim", "layers", str(file), "--json", *asked]))
        emit(text)
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    lines = _lines(found, width, not is_unicode(sys.stdout))
    while True:
        with elapsed_said("measuring"):
            line = next(lines, None)
        if line is None:
            return
        # Each as soon as it is known: the eigenvalues of many large matrices take seconds.
        emit(f"{line.rstrip()}\n")


def _lines(found: Sequence[Layer], width: int, ascii: bool) -> Iterator[str]:
    from tuisim.engine.trained.measures import measured_gates
    from tuisim.figures.drawing.numbers import ascii_text, format_factor, format_value

    def shown(text: str) -> str:
        # A file's names may hold what a terminal takes for a command.
        plain = "".join(one if one.isprintable() else "?" for one in text)
        return ascii_text(plain) if ascii else plain

    longest = max(len("layer"), *(len(shown(one.name)) for one in found))
    # Where the names are too long for a column, each has a line to itself: it is how a layer is
    # asked for.
    beside = longest + sum(_WIDTHS) + 2 * len(_WIDTHS) <= width

    def row(name: str, cells: Sequence[str]) -> str:
        aligned = "  ".join(
            f"{shown(one):{'<' if place in (0, 3) else '>'}{wide}}"
            for place, (one, wide) in enumerate(zip(cells, _WIDTHS, strict=True))
        )
        return f"{shown(name):{longest}}  {aligned}" if beside else f"  {aligned}"

    def fitting(value: float, text: str, wide: int) -> str:
        """A number as it is written, in fewer digits where that has no room."""
        forms = (text, format_value(value, 2), format_value(value, 1))
        return next((one for one in forms if len(shown(one)) <= wide), forms[-1])

    def wrapped(sentence: str) -> Iterator[str]:
        yield from textwrap.wrap(
            shown(sentence), width, initial_indent="  ", subsequent_indent="    "
        )

    yield row("layer", _HEAD)
    for layer, gates in zip(found, measured_gates(found), strict=True):
        if not beside:
            yield shown(layer.name)
        lead = (layer.name, [layer.cell, str(layer.width), str(layer.input_width)])
        for gate, one in gates.items() or [("", None)]:
            numbers = ["", "", "", ""]
            if one is not None:
                values = (one.spectral_radius, one.largest_singular_value, one.departure)
                known = [(each, format_factor(each)) for each in values]
                known.append((one.mean_bias, format_value(one.mean_bias)))
                numbers = [
                    fitting(*each, wide) for each, wide in zip(known, _WIDTHS[4:], strict=True)
                ]
            yield row(lead[0], [*lead[1], gate, *numbers])
            lead = ("", ["", "", ""])
        for sentence in layer.refused:
            yield from wrapped(f"refused: {sentence}")
        if layer.reads and layer.below:
            yield from wrapped(f"reads {' and '.join(layer.reads)}, which an input enters below")
        if layer.between:
            yield from wrapped(f"reads {layer.between}: an input enters by --input-at layer alone")
    for sentence, names in _by_sentence(found).items():
        of = "" if len(names) == len(found) else f" of {', '.join(names)}"
        yield from wrapped(f"assumed{of}: {sentence}")


def _by_sentence(found: Sequence[Layer]) -> dict[str, list[str]]:
    """What was assumed, and the names of the layers that it was assumed of."""
    names: dict[str, list[str]] = {}
    for layer in found:
        for sentence in layer.assumed:
            names.setdefault(sentence, []).append(layer.name)
    return names
