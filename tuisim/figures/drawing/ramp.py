"""The ramp from small to large as roles: which has what a number is, on a map or on a curve."""

from __future__ import annotations

from bisect import bisect

from tuisim.figures.drawing.figure import ROLES, Role

#: Away from the turn: from the palest to the deepest.
COLD: list[Role] = [role for rank in range(1, 7) for role in ROLES if role == f"cold{rank}"]
HOT: list[Role] = [role for rank in range(1, 7) for role in ROLES if role == f"hot{rank}"]

#: The whole ramp, from the smallest to the largest, with what is neither between.
TONES: list[Role] = [*COLD[::-1], "neutral", *HOT]

#: How many decades away from 1 each level begins: half a decade is neither small nor large, and
#: beyond three is what is called vanishing or exploding.
_DECADES = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0)


def decade_tone(log10: float) -> Role:
    """The colour of a norm, 10 to the power of log10."""
    far = bisect(_DECADES, abs(log10))
    return "neutral" if far == 0 else (COLD if log10 < 0 else HOT)[far - 1]


#: Factors of a step at which each level begins, shrinking and growing.
_SHRINKING = (0.995, 0.95, 0.9, 0.8, 0.7, 0.5)
_GROWING = (1.005, 1.05, 1.1, 1.2, 1.5, 2.0)


def factor_tone(factor: float) -> Role:
    """The colour of a factor a step."""
    if factor >= 1:
        far = bisect(_GROWING, factor)
        return HOT[far - 1] if far else "neutral"
    far = bisect([-one for one in _SHRINKING], -factor)
    return COLD[far - 1] if far else "neutral"
