"""What a sweep can measure of a net: the names to choose from, and how each is spoken of.

A new measure is an entry here and one of its name in tuisim.engine.sweeps.cell_measures, which
finds the number.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Measured:
    """How a measure is spoken of and shown.

    Attributes:
        title: its name in pictures.
        words: what it is, in a sentence of the help.
        unit: what its numbers are in.
        signed: 0 lies between two levels of the ramp, in the middle of it; else it is a share, of
            all members together.
        rate: its numbers are of nats a step, and said as the factor of a step too.
        log: its values are log10 ones.
        top: the least that the ramp of a share ends with.
    """

    name: str
    title: str
    words: str
    unit: str = ""
    signed: bool = True
    rate: bool = False
    log: bool = False
    top: float = 0.01


#: By name, in the order in which keys go through them.
MEASURED: Mapping[str, Measured] = {
    one.name: one
    for one in (
        Measured(
            "gradient_rate",
            "gradient rate",
            "The mean change of ln ‖∂L/∂h‖ from a step to the one before, "
            "(ln ‖∂L/∂h_0‖ − ln ‖∂L/∂h_T‖)/T: below 0 the gradient vanishes, above 0 it explodes.",
            "nats a step back",
            rate=True,
        ),
        Measured(
            "hidden_rate",
            "state's rate",
            "The mean change of ln ‖h‖ a step, (ln ‖h_T‖ − ln ‖h_0‖)/T: below 0 the state dies "
            "away, above 0 it grows.",
            "nats a step",
            rate=True,
        ),
        Measured(
            "gradient_log10",
            "gradient ‖∂L/∂h_0‖",
            "What of a gradient of 1 at the last step reaches the first one.",
            log=True,
        ),
        Measured(
            "saturation",
            "saturated",
            "The share of units whose slope |φ′| is under a tenth of φ's largest, over all steps: "
            "a gradient that passes them keeps less than that of itself.",
            "of units",
            signed=False,
        ),
        Measured(
            "lyapunov",
            "largest Lyapunov exponent",
            "How fast two states that differ by a hair part, over the T steps: below 0 they meet "
            "again, above 0 the net is chaotic.",
            "nats a step",
        ),
        Measured(
            "success",
            "training succeeds",
            "The share of runs that learn: every member is trained as view 8 does it, with a seed "
            "of its own, until nine of ten outputs are right over the newest 1000 sequences, or "
            "the updates are used up.",
            "of runs",
            signed=False,
            top=1.0,
        ),
    )
}
