"""An experiment in one line of words, and how such lines fit; numpy is not needed for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import attrs

from tuisim.figures.drawing.numbers import ascii_text
from tuisim.figures.drawing.wrapping import shortened
from tuisim.values.experiment import Experiment
from tuisim.values.layered import split

SEPARATOR = " · "


@attrs.frozen
class Piece:
    """A part of a line: the words, a shorter form, and how soon it goes (the highest first)."""

    text: str
    short: str = ""
    rank: int = 0


def fit_pieces(
    pieces: Sequence[Piece],
    width: int | None = None,
    ascii: bool = False,
    separator: str = SEPARATOR,
) -> str:
    """Join pieces into at most `width` characters: whole, then shortened, then left out."""

    def joined(kept: Sequence[Piece], short: bool) -> str:
        line = separator.join(one.short if short and one.short else one.text for one in kept)
        return ascii_text(line) if ascii else line

    kept = list(pieces)
    line = joined(kept, short=False)
    if width is None or len(line) <= width:
        return line
    while len(kept) > 1 and len(joined(kept, short=True)) > width:
        kept.remove(max(reversed(kept), key=lambda one: one.rank))
    line = joined(kept, short=False)
    if len(line) > width:
        line = joined(kept, short=True)
    return shortened(line, width, ascii)


def status_line(experiment: Experiment, width: int | None = None, ascii: bool = False) -> str:
    """The experiment in words: "tanh rnn · 32 units · 100 steps · tied · orthogonal ρ 0.90 · …".

    Fields that have their default and no place in that line are left out.
    """
    return fit_pieces(status_pieces(experiment), width, ascii)


def status_pieces(experiment: Experiment) -> tuple[Piece, ...]:
    """The parts of the status line in reading order."""
    e = experiment
    steps = "steps" if e.tied else "layers"
    pieces = [
        Piece(f"{e.activation} {e.cell}"),
        Piece(_count(e.width, "unit"), f"n {e.width}", 3),
        Piece(_count(e.depth, steps[:-1]), f"T {e.depth}", 2),
        Piece("tied" if e.tied else "not tied", "", 6 if e.tied else 2),
        Piece(_spectrum(e), "", 1),
    ]
    if e.departure:
        pieces.append(Piece(f"departure {short(e.departure)}", "", 2))
    if e.bias:
        pieces.append(Piece(f"bias {short(e.bias)}", "", 4))
    if e.leak != 1:
        pieces.append(Piece(f"leak {short(e.leak)}", "", 2))
    if e.residual:
        pieces.append(Piece(f"residual {short(e.residual)}", "", 2))
    if e.skip:
        share = short(e.skip_share)
        pieces.append(Piece(f"skip {e.skip}, share {share}", f"skip {e.skip}", 2))
    if e.norm != "none":
        pieces.append(Piece(f"{e.norm} norm", "", 2))
    if e.batch > 1:
        pieces.append(Piece(f"batch {e.batch}", "", 5))
    if e.drive != "none":
        pieces.append(Piece(f"{e.drive} drive ×{short(e.drive_gain)}", f"{e.drive} drive", 4))
    if e.layer:
        said = "no input" if e.input == "none" else f"input {PurePath(e.input).name}"
        pieces.append(Piece(said, "", 2))
    if e.cell == "gru" and e.update_bias:
        pieces.append(Piece(f"update bias {short(e.update_bias)}", "", 3))
    # As trained a layer has none but its own.
    if e.cell == "lstm" and e.forget_bias != (0 if e.layer else 1):
        pieces.append(Piece(f"forget bias {short(e.forget_bias)}", "", 3))
    if e.clip != "none":
        pieces.append(Piece(f"clip {e.clip} {short(e.clip_threshold)}", f"clip {e.clip}", 4))
    if e.start_eigenvector is not None:
        pieces.append(Piece(f"start along eigenvector {e.start_eigenvector}", "start along v", 5))
    if e.start_rms != 1:
        pieces.append(Piece(f"start rms {short(e.start_rms)}", "", 5))
    if e.members > 1:
        pieces.append(Piece(f"{e.members} members", "", 4))
    pieces.append(Piece(f"seed {e.seed}", "", 7))
    return tuple(pieces)


def _spectrum(e: Experiment) -> str:
    if e.layer:
        path, name = split(e.layer)
        name = name if name.isprintable() else "layer"
        if e.eigenvalues:
            return f"{name} with other eigenvalues"
        # One in memory came out of a training here, or says itself what was done to it.
        own = f"{name} as trained" if path else name
        return own if e.radius == 1.0 else f"{name} W × {short(e.radius)}"
    if e.spectrum == "eigenvalues":
        return f"eigenvalues ρ {short(round(max(abs(one) for one in e.eigenvalues), 4))}"
    symbol = "σ_w" if e.spectrum == "gaussian" else "ρ"
    return f"{e.spectrum} {symbol} {short(e.radius)}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def short(value: float) -> str:
    """A field's number as the status line has it: 0.90, 1.234, 1e-06."""
    return f"{value:.2f}" if round(value, 2) == value and value < 1e4 else f"{value:.4g}"
