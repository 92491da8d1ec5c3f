"""Observation rows as records: a row lies in one place, so that bringing rows in order moves it once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from data_schemas.tables.observations import ARCHIVED
from tracks.observations import Index, addresses, by_name, coded, dictionary

Words = npt.NDArray[np.uint64]

NUMBERS: Final = {
    name: at for at, name in enumerate(f.name for f in ARCHIVED.schema() if pa.types.is_float64(f.type))
}
"""Place in a record of each column of numbers."""
CALLSIGN: Final = len(NUMBERS)
"""Place in a record of the call sign."""
BITS: Final = CALLSIGN + 1
"""Place in a record of address, squawk and flags."""
WORDS: Final = BITS + 1
"""Words of a record."""

FLAG_SHIFTS: Final = {"onground": 2, "alert": 1, "spi": 0}
SQUAWK_SHIFT: Final = 3
"""Squawk + 1 has 14 bits, 0 where missing."""
ADDRESS_SHIFT: Final = 17
NO_ADDRESS: Final = 1 << 24
"""Stands for a missing address."""

_TEXT_BYTES: Final = 8
_NO_TEXT: Final = 1 << 63
"""Set in words that are no call sign but stand for one: its characters do not fit."""


@dataclass(frozen=True)
class Records:
    """Rows of observations, each twelve words of 64 bits.

    Attributes
    ----------
    words
        Shape (rows, `WORDS`): the doubles in the order of `ARCHIVED` (a missing one is the quiet NaN); the
        characters of the call sign from the highest byte down, so that they sort as the texts do, 0 where
        missing; address, squawk + 1 (0 where missing) and flags in one, as the shifts have it. Equal rows
        are equal words.
    names
        The call signs that are not ASCII of at most eight bytes, by the words that stand for them: the
        highest bit, and bits of their SHA-256.
    """

    words: Words
    names: dict[int, str]

    @staticmethod
    def of(rows: pl.DataFrame) -> Records:
        """Return parsed rows: the columns of `ARCHIVED`, icao24 as UInt32 and callsign as text."""
        words = np.empty((rows.height, WORDS), np.uint64)
        for name, at in NUMBERS.items():
            words[:, at] = rows[name].fill_null(np.nan).to_numpy().view(np.uint64)
        indices, texts = coded(rows["callsign"].to_arrow())
        listed = texts.to_pylist()
        callsigns = np.array([*map(_word_of, listed), 0], np.uint64)
        words[:, CALLSIGN] = callsigns[indices.fill_null(len(listed)).to_numpy()]
        parts = {name: (rows[name], shift) for name, shift in FLAG_SHIFTS.items()}
        parts["icao24"] = rows["icao24"].fill_null(NO_ADDRESS), ADDRESS_SHIFT
        parts["squawk"] = rows["squawk"].fill_null(-1) + 1, SQUAWK_SHIFT
        words[:, BITS] = 0
        for series, shift in parts.values():
            words[:, BITS] |= series.to_numpy().astype(np.uint64) << np.uint64(shift)
        strange = zip(callsigns.tolist(), listed, strict=False)
        return Records(words, {word: name for word, name in strange if word & _NO_TEXT})

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.words)

    def __getitem__(self, rows: Index) -> Records:
        """Return the rows at these positions."""
        return Records(self.words[rows], self.names)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column of numbers, NaN where missing, as a view."""
        return self.words.view(np.float64)[:, NUMBERS[name]]

    def icao24(self) -> npt.NDArray[np.uint32]:
        """Return the addresses, `NO_ADDRESS` where missing."""
        return (self.words[:, BITS] >> np.uint64(ADDRESS_SHIFT)).astype(np.uint32)

    def frame(self) -> pl.DataFrame:
        """Return the rows as `of` takes them."""
        address = self.icao24()
        arrays = self._arrays() | {"icao24": pa.array(address, mask=address == NO_ADDRESS)}
        arrays["callsign"] = arrays["callsign"].cast(pa.string())
        return pl.DataFrame([pl.Series(name, arrays[name]) for name in ARCHIVED.names])

    def table(self, schema: pa.Schema, ranks: npt.NDArray[np.int32], leaves: pa.StringArray) -> pa.Table:
        """Return rows sorted by leaf and address as an Arrow table whose dictionaries hold only what occurs.

        Parameters
        ----------
        schema
            That of `ORGANIZED`.
        ranks, leaves
            For each row the position of its leaf in the list of leaf paths.
        """
        arrays = self._arrays() | {
            "icao24": addresses(self.icao24()),
            "leaf": dictionary(ranks, leaves),
        }
        return pa.Table.from_arrays([arrays[f.name].cast(f.type) for f in schema], schema=schema)

    def _arrays(self) -> dict[str, pa.Array]:
        """Return all columns but the address as Arrow arrays."""
        columns = _columns(self.words)
        numbers, bits = columns.view(np.float64), columns[BITS]
        arrays = {name: _array(numbers[at], np.isnan(numbers[at])) for name, at in NUMBERS.items()}
        codes, words = code_words(columns[CALLSIGN])
        texts, rank = by_name(pa.array(map(self._text_of, words.tolist()), pa.string()))
        fresh = _array(np.append(rank, np.int32(0))[codes], codes < 0)
        arrays["callsign"] = pa.DictionaryArray.from_arrays(fresh, texts)
        squawk = (bits >> np.uint64(SQUAWK_SHIFT) & np.uint64(0x3FFF)).astype(np.int16) - np.int16(1)
        arrays["squawk"] = _array(squawk, squawk < 0)
        for name, shift in FLAG_SHIFTS.items():
            arrays[name] = pa.array(bits & np.uint64(1 << shift) != 0)
        return arrays

    def _text_of(self, word: int) -> str:
        if word & _NO_TEXT:
            return self.names[word]
        return word.to_bytes(_TEXT_BYTES, "big").rstrip(b"\0").decode("ascii")


def _word_of(callsign: str) -> int:
    """Return the word of a call sign."""
    data = callsign.encode()
    if len(data) <= _TEXT_BYTES and callsign.isascii() and "\0" not in callsign:
        return int.from_bytes(data.ljust(_TEXT_BYTES, b"\0"), "big")
    return int.from_bytes(hashlib.sha256(data).digest()[:_TEXT_BYTES], "big") | _NO_TEXT


def _array(values: npt.NDArray[np.generic], missing: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, mask=missing if missing.any() else None)


@numba.njit(cache=True, nogil=True)
def _columns(words):  # type: ignore[no-untyped-def]
    """Return records column by column, shape (`WORDS`, rows)."""
    columns = np.empty((WORDS, len(words)), np.uint64)
    for row in range(len(words)):
        for at in range(WORDS):
            columns[at, row] = words[row, at]
    return columns


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # spreads keys over a table (Knuth, TAOCP 6.4)


@numba.njit(cache=True, nogil=True)
def code_words(words):  # type: ignore[no-untyped-def]
    """Return the place of each word among the distinct ones, -1 for 0, and these in the order they occur."""
    bits = 4
    while (1 << bits) < 2 * len(words):
        bits += 1
    keys, places = np.zeros(1 << bits, np.uint64), np.empty(1 << bits, np.int32)
    distinct, count = np.empty(len(words), np.uint64), 0
    codes = np.full(len(words), -1, np.int32)
    for row in range(len(words)):
        key = words[row]
        if key == 0:
            continue
        entry = np.int64((key * _GOLDEN) >> np.uint64(64 - bits))
        while keys[entry] != key and keys[entry] != 0:
            entry = (entry + 1) & (len(keys) - 1)
        if keys[entry] == 0:
            keys[entry] = distinct[count] = key
            places[entry] = count
            count += 1
        codes[row] = places[entry]
    return codes, distinct[:count]
