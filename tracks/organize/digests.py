"""Rows and digest of each leaf of an hour, so that archive knows what it has already."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from tracks.observation_files import Ranked
from tracks.observations import Observations, runs

Words = npt.NDArray[np.uint64]

_ROWS_AT_ONCE: Final = 4096
"""Rows brought together at once: few enough to be in the cache when they are hashed."""


class LeafTally:
    """Counts the rows of each leaf and digests their values, whatever the file around them looks like.

    A digest is the first half of SHA-256 of the rows in order, each 12 little-endian numbers of 64 bits: the
    doubles in the order of `ARCHIVED` (a missing one is the quiet NaN), the first 8 bytes of SHA-256 of the
    call sign (0 where missing), and icao24, squawk + 1 (0 where missing) and the three flags in one number.
    """

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self._hashes: dict[int, hashlib._Hash] = {}
        self._callsigns: pa.StringArray | None = None
        self._of_callsign = _digests(())

    def add(self, piece: Ranked) -> None:
        """Take in rows, behind those before."""
        observations, ranks = piece
        if observations.callsigns is not self._callsigns:
            self._callsigns = observations.callsigns
            self._of_callsign = _digests(self._callsigns.to_pylist())
        columns = _columns(observations, self._of_callsign)
        words = np.empty((_ROWS_AT_ONCE, len(columns)), "<u8")
        for begin in range(0, len(ranks), _ROWS_AT_ONCE):
            here = ranks[begin : begin + _ROWS_AT_ONCE]
            for at, column in enumerate(columns):
                words[: len(here), at] = column[begin : begin + _ROWS_AT_ONCE]
            starts = runs(here).tolist()
            for start, stop in itertools.pairwise(starts):
                rank = int(here[start])
                self.rows[rank] = self.rows.get(rank, 0) + stop - start
                self._hashes.setdefault(rank, hashlib.sha256()).update(words[start:stop].data)

    def digests(self) -> dict[int, str]:
        """Return the digest of each leaf that has rows."""
        return {rank: digest.hexdigest()[:32] for rank, digest in self._hashes.items()}


def _digests(callsigns: Iterable[str]) -> Words:
    """Return a number for each call sign, behind 0 for a missing one."""
    texts = [hashlib.sha256(name.encode()).digest()[:8] for name in callsigns]
    return np.frombuffer(bytes(8) + b"".join(texts), "<u8")


def _columns(observations: Observations, of_callsign: Words) -> list[Words]:
    """Return the numbers that stand for the rows, column by column."""
    rows = observations.rows
    columns: list[Words] = [
        series.fill_null(np.nan).to_numpy().view(np.uint64) for series in rows.select(pl.col(pl.Float64))
    ]
    columns.append(of_callsign[(rows["callsign"].fill_null(-1) + 1).to_numpy()])
    bits = pl.col("icao24").cast(pl.UInt64) * (1 << 14) + (pl.col("squawk").fill_null(-1) + 1).cast(pl.UInt64)
    for name in ("onground", "alert", "spi"):
        bits = bits * 2 + pl.col(name).cast(pl.UInt64)
    columns.append(rows.select(bits).to_series().to_numpy())
    return columns
