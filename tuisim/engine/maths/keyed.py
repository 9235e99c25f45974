"""The same generators as spectrum.generator gives, where many that follow one another are asked.

To make a generator anew takes longer than to draw a short batch. What of a key is the same for all
is mixed once, by NumPy's own SeedSequence; here its last number is, as SeedSequence does it.
"""

from __future__ import annotations

import numpy as np

from tuisim.engine.maths.spectrum import Stream

# Of NumPy's SeedSequence (O'Neill 2015, "Developing a seed_seq alternative").
_WORD = 0xFFFFFFFF
_INIT_A, _MULT_A = 0x43B0D7E5, 0x931E8875
_INIT_B, _MULT_B = 0x8B51F9DD, 0x58F38DED
_MIX_L, _MIX_R = 0xCA01F9DD, 0x4973F715
_POOL = 4
# Of PCG64DXSM, 128 bits wide.
_WIDE = (1 << 128) - 1
_STEP = 0x2360ED051FC65DA44385DF649FCCF645


class Generators:
    """The generators keyed by (seed, member, stream, step), of any step, one at a time."""

    def __init__(self, seed: int, member: int, stream: Stream) -> None:
        before = np.random.SeedSequence(seed, spawn_key=(member, int(stream)))
        self._pool = before.pool.tolist()
        # So often was something hashed: each time the constant is another one.
        words = max(_POOL, -(-seed.bit_length() // 32)) + 2
        hashed = _POOL + _POOL * (_POOL - 1) + _POOL * (words - _POOL)
        self._constant = _INIT_A * pow(_MULT_A, hashed, 1 << 32) & _WORD
        self._bits = np.random.PCG64DXSM(before)
        self._generator = np.random.Generator(self._bits)
        self._state = self._bits.state

    def at(self, step: int) -> np.random.Generator:
        """As generator(seed, member, stream, step), until another step is asked for.

        Args:
            step: under 2**32.
        """
        pool, constant = [], self._constant
        for word in self._pool:
            value = step ^ constant
            constant = constant * _MULT_A & _WORD
            value = value * constant & _WORD
            value ^= value >> 16
            mixed = (_MIX_L * word - _MIX_R * value) & _WORD
            pool.append(mixed ^ mixed >> 16)
        words, constant = [], _INIT_B
        for place in range(8):
            value = pool[place % _POOL] ^ constant
            constant = constant * _MULT_B & _WORD
            value = value * constant & _WORD
            words.append(value ^ value >> 16)
        state, chosen = (
            words[first + 1] << 96 | words[first] << 64 | words[first + 3] << 32 | words[first + 2]
            for first in (0, 4)
        )
        increment = (chosen << 1 | 1) & _WIDE
        state = ((increment + state) * _STEP + increment) & _WIDE
        self._state["state"]["state"] = state
        self._state["state"]["inc"] = increment
        self._bits.state = self._state
        return self._generator
