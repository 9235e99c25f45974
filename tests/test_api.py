"""The public API does what its documentation shows, and shows all there is."""

from __future__ import annotations

import doctest
import inspect
import re

import pytest

import tuisim


def test_the_documentation_is_true() -> None:
    flags = doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testmod(tuisim, optionflags=flags)
    assert (failed, tried > 12) == (0, True)


@pytest.mark.parametrize("name", tuisim.__all__)
def test_each_name_is_shown_and_says_what_it_is(name: str) -> None:
    assert re.search(rf"\b{name}\b", tuisim.__doc__ or "")
    assert inspect.getdoc(getattr(tuisim, name))
