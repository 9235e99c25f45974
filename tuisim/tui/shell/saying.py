"""What is said of an error, in one line."""

from __future__ import annotations


def said_of(error: BaseException, lower: str = "") -> str:
    """Its own words, else its name.

    Args:
        lower: the fields of which less would do, where memory is what lacks.
    """
    if isinstance(error, MemoryError):
        return "memory: there is not enough for this" + (f"; lower {lower}" if lower else "")
    return str(error) or type(error).__name__
