"""Why a gradient vanishes, explodes or keeps, in words: the parts of its factor a step back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tuisim.figures.words.rates import factor_words
from tuisim.figures.words.status import Piece, fit_pieces, short

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.cause import Cause, Part
    from tuisim.engine.runs.run import Run
    from tuisim.values.experiment import Experiment

#: Between the parts, as in a sentence.
_APART = ", "
#: A share of saturated units that is worth a word.
_MANY = 0.1


def cause_line(pieces: tuple[Piece, ...], width: int | None = None, ascii: bool = False) -> str:
    """The parts in a line of at most `width`; empty where there are none."""
    return fit_pieces(pieces, width, ascii, _APART) if pieces else ""


def cause_pieces(run: Run) -> tuple[Piece, ...]:
    """Why: "because the matrix gives ×0.900 a step", "the slopes of tanh ×0.990".

    Empty where that is no number; measured, and exact to the digits that are shown.
    """
    from tuisim.engine.diagnosis.cause import cause

    found = cause(run)
    said = _by_paths(run.experiment) if found is None else _by_parts(run.experiment, found)
    if not said or (found is not None and found.zero is not None):
        return said
    return (*said, *_saturated(run), *_middle(run.experiment))


def _by_parts(e: Experiment, found: Cause) -> tuple[Piece, ...]:
    if found.zero is not None and found.culprit is not None:
        name, many = _named(e, found.culprit)
        makes = f"make{'' if many else 's'} it exactly 0 at step {found.zero}"
        return (Piece(f"because {name} {makes}"),)
    if math.isnan(found.first):
        return ()
    first, second = factor_words(found.first), factor_words(found.second)
    name, many = _named(e, found.names[0])
    other = _named(e, found.names[1])[0]
    if found.names[1] == "slopes":
        begin = f"because {name} give{'' if many else 's'} {first} a step"
        return Piece(begin, f"because {name} {first}"), Piece(f"{other} {second}")
    of = ""
    if found.gradient == "∂L/∂c_t":
        # The badge has the factor of ∂L/∂h, of which these are not the parts.
        of = f" of ∂L/∂c's {factor_words(found.first + found.second)}"
    begin = f"because {name} carries {first}{of} a step"
    return Piece(begin, f"because {name} {first}{of}"), Piece(f"{other} gives {second}")


def _by_paths(e: Experiment) -> tuple[Piece, ...]:
    """Of a skip connection, over which no step's change of the gradient has two parts."""
    paths = [("a step at a time", 1 - e.skip_share), (f"{e.skip} steps at once", e.skip_share)]
    taken = [f"{name} (share {short(share)})" for name, share in paths if share]
    shares = _APART.join(short(share) for _, share in paths)
    brief = f"because it comes back by 1 and {e.skip} steps (shares {shares})"
    return (Piece(f"because it comes back {' and '.join(taken)}", brief),)


def _named(e: Experiment, part: Part) -> tuple[str, bool]:
    """What a part is called in this net, and whether that is many."""
    if part == "slopes":
        return f"the slopes of {e.activation}", True
    if part != "matrix":
        return f"the {part}", False
    matrix = "the matrix" if e.tied else "the matrices"
    beside = [f"{e.norm} norm"] if e.norm != "none" else []
    if 1 - e.leak + e.residual:
        beside.append("the carried path")
    if not beside:
        return matrix, not e.tied
    return f"{_APART.join([matrix, *beside[:-1]])} and {beside[-1]}", True


def _saturated(run: Run) -> tuple[Piece, ...]:
    """How many units pass next to nothing, where the cell's slopes are those of its units."""
    e, share = run.experiment, float(run.saturation.mean())
    if e.cell != "rnn" or not share >= _MANY:
        return ()
    return (Piece(f"{100 * share:.0f} % of units {saturated_word(e)}", "", 1),)


def saturated_word(e: Experiment) -> str:
    """What a unit is called whose slope is next to nothing: a relu passes nothing at all."""
    return "off" if e.cell == "rnn" and e.activation == "relu" else "saturated"


def _middle(e: Experiment) -> tuple[Piece, ...]:
    return (Piece(f"in the middle of {e.members} members", "", 2),) if e.members > 1 else ()
