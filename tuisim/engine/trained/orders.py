"""The orders of gates: how each format stores them, and how they come into ours."""

from __future__ import annotations

from collections.abc import Mapping

from tuisim.engine.base.memo import Array
from tuisim.values.cells import CELLS

#: (format, cell) → its gates by our letters, in the order in which they are stored.
#: torch: the notes of torch.nn.LSTM and GRU (their n is our m). Keras: LSTMCell.call and
#: GRUCell.call (their c is our g, their h our m). ONNX: the operators LSTM and GRU (likewise).
ORDERS: Mapping[tuple[str, str], str] = {
    ("torch", "rnn"): "a",
    ("torch", "lstm"): "ifgo",
    ("torch", "gru"): "rzm",
    ("keras", "rnn"): "a",
    ("keras", "lstm"): "ifgo",
    ("keras", "gru"): "zrm",
    ("onnx", "rnn"): "a",
    ("onnx", "lstm"): "iofg",
    ("onnx", "gru"): "zrm",
}

#: The peepholes of ours, and as ONNX stores them.
PEEPHOLES, PEEPHOLES_ONNX = "ifo", "iof"

#: Rows of the recurrent matrix by its columns → the cell, in formats that name no cell.
BY_GATES = {len(facts.gates): cell for cell, facts in CELLS.items()}


def gate_letters(cell: str) -> str:
    """Our gates of a cell, in our order."""
    return "".join(CELLS[cell].gates)


def ours(format: str, cell: str, stored: Array) -> Array:
    """An array whose first axis is the format's gates, put into our order of them in place."""
    return reordered(stored, ORDERS[format, cell], gate_letters(cell))


def reordered(stored: Array, order: str, wanted: str) -> Array:
    """An array whose first axis goes by the letters of `order`, put into that of `wanted`.

    It is done in place, since a copy of a large layer would take as much memory again.
    """
    letters = list(order)
    for place, letter in enumerate(wanted):
        other = letters.index(letter)
        if other != place:
            kept = stored[place].copy()
            stored[place], stored[other] = stored[other], kept
            letters[place], letters[other] = letters[other], letters[place]
    return stored
