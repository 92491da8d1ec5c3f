"""Rows and digest of each leaf of an hour, so that archive knows what it has already."""

from __future__ import annotations

import itertools
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from tracks.observations import runs
from tracks.raw.words import high_product
from tracks.records import Words

_START: Final = (0x243F6A8885A308D3, 0x13198A2E03707344)
_KEYS: Final = (np.uint64(0xA4093822299F31D1), np.uint64(0x082EFA98EC4E6C89))
"""The first digits of pi, as numbers without a pattern."""


class LeafTally:
    """Counts the rows of each leaf and digests their values, whatever the file around them looks like.

    A digest is 128 bits against accidental change, not against intent. Each half begins with a number and
    takes in the words of `Records` in pairs, row by row: it is combined with the second word, a key with the
    first, both by exclusive or; the two are multiplied, and the upper and lower 64 bits of the product
    combined likewise (the step that wyhash is made of).
    """

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self._halves: dict[int, Words] = {}

    def add(self, words: Words, ranks: npt.NDArray[np.int32]) -> None:
        """Take in records and the ranks of their leaves, behind those before."""
        for start, stop in itertools.pairwise(runs(ranks).tolist()):
            rank = int(ranks[start])
            self.rows[rank] = self.rows.get(rank, 0) + stop - start
            halves = self._halves.setdefault(rank, np.array(_START, np.uint64))
            _take_in(words[start:stop], halves)

    def digests(self) -> dict[int, str]:
        """Return the digest of each leaf that has rows."""
        return {rank: f"{one:016x}{other:016x}" for rank, (one, other) in self._halves.items()}


@numba.njit(cache=True)
def _take_in(words, halves):  # type: ignore[no-untyped-def]
    """Let both halves of a digest take in more records."""
    one, other = halves
    for row in range(words.shape[0]):
        for at in range(0, words.shape[1], 2):
            first, second = words[row, at], words[row, at + 1]
            one_first, one_second = first ^ _KEYS[0], second ^ one
            other_first, other_second = first ^ _KEYS[1], second ^ other
            one = high_product(one_first, one_second) ^ (one_first * one_second)
            other = high_product(other_first, other_second) ^ (other_first * other_second)
    halves[0], halves[1] = one, other
