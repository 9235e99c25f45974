"""Generators of many steps are those that are made one by one."""

from __future__ import annotations

import numpy as np
import pytest

from tuisim.engine.maths.keyed import Generators
from tuisim.engine.maths.spectrum import Stream, generator


@pytest.mark.parametrize(
    "seed", [0, 1, 2**31, 2**32 - 1, 2**32, 2**40 + 5, 2**127, 2**128 - 1, 2**128, 2**130 + 7]
)
@pytest.mark.parametrize(("member", "stream"), [(0, Stream.TASK_BATCH), (1023, Stream.BIAS)])
def test_each_is_that_of_its_key(seed: int, member: int, stream: Stream) -> None:
    generators = Generators(seed, member, stream)
    for step in (0, 1, 2, 77, 1_000_000, 2**32 - 1, 77):
        expected, found = generator(seed, member, stream, step), generators.at(step)
        assert found.bit_generator.state == expected.bit_generator.state
        # Half a word is left over, which the next step must not see.
        for one in (found, expected):
            one.integers(7, size=3, dtype=np.uint32)
        np.testing.assert_array_equal(found.standard_normal(5), expected.standard_normal(5))
