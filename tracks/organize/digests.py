"""Rows and digest of each leaf of an hour, so that archive knows what it has already."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import numpy.typing as npt
import polars as pl

from tracks.observation_files import Ranked
from tracks.observations import Observations, runs

_WORDS = 12
"""Numbers of 64 bits that stand for a row: 10 measured values, the call sign, and all else."""


class LeafTally:
    """Counts the rows of each leaf and digests their values, whatever the file around them looks like.

    A digest is the first half of SHA-256 of the rows in order, each 12 little-endian numbers of 64 bits: the
    doubles in the order of `ARCHIVED` (a missing one is the quiet NaN), the first 8 bytes of SHA-256 of the
    call sign (0 where missing), and icao24, squawk + 1 (0 where missing) and the three flags in one number.
    """

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self._hashes: dict[int, hashlib._Hash] = {}

    def add(self, piece: Ranked) -> None:
        """Take in rows, behind those before."""
        observations, ranks = piece
        words = _words(observations)
        starts = runs(ranks)
        for (start, stop), rank in zip(
            itertools.pairwise(starts.tolist()), ranks[starts[:-1]].tolist(), strict=True
        ):
            self.rows[rank] = self.rows.get(rank, 0) + stop - start
            self._hashes.setdefault(rank, hashlib.sha256()).update(words[start:stop].data)

    def digests(self) -> dict[int, str]:
        """Return the digest of each leaf that has rows."""
        return {rank: digest.hexdigest()[:32] for rank, digest in self._hashes.items()}


def _words(observations: Observations) -> npt.NDArray[np.uint64]:
    """Return the numbers that stand for each row, shape (rows, 12)."""
    rows = observations.rows
    words = np.empty((rows.height, _WORDS), "<u8")
    column = 0
    for series in rows.select(pl.col(pl.Float64)):
        words[:, column] = series.fill_null(np.nan).to_numpy().view(np.uint64)
        column += 1
    texts = [hashlib.sha256(name.encode()).digest()[:8] for name in observations.callsigns.to_pylist()]
    of_code = np.frombuffer(bytes(8) + b"".join(texts), "<u8")  # the first one stands for a missing one
    words[:, column] = of_code[(rows["callsign"].fill_null(-1) + 1).to_numpy()]
    bits = pl.col("icao24").cast(pl.UInt64)
    for name, factor in (("squawk", 1 << 14), ("onground", 2), ("alert", 2), ("spi", 2)):
        number = pl.col(name).fill_null(-1) + 1 if name == "squawk" else pl.col(name)
        bits = bits * factor + number.cast(pl.UInt64)
    words[:, column + 1] = rows.select(bits).to_series().to_numpy()
    return words
