"""Ordinary CSV lines to numbers in one pass; lines that are not ordinary are marked for `tracks.raw.fields`.

A line is ordinary where it holds printable ASCII, quotes only around whole fields without commas in them, and
every field that is read has one of the plain forms below. These mean the same here as under the rules of
`tracks.raw.fields`, which decide on all other lines.
"""

from __future__ import annotations

from enum import IntEnum

import numba
import numpy as np

from tracks.raw.decimals import read_decimal
from tracks.raw.iso_times import read_iso_time
from tracks.raw.words import (
    count_bits,
    find_marks,
    leading_zeros,
    load_byte,
    load_word,
    reversed_bytes,
    trailing_zeros,
)
from tracks.records import ADDRESS_SHIFT, BITS, CALLSIGN, NO_ADDRESS, SQUAWK_SHIFT

MARGIN = 64
"""Bytes behind the end of a text that the kernel may look at."""


class Kind(IntEnum):
    """How a column of the text is read."""

    SKIPPED = 0
    NUMBER = 1
    TIME = 2
    ADDRESS = 3
    CALLSIGN = 4
    FLAG = 5
    SQUAWK = 6


_, _NUMBER, _TIME, _ADDRESS, _CALLSIGN, _FLAG, _SQUAWK = map(int, Kind)
_COMMA, _NEWLINE, _RETURN, _QUOTE, _ZERO, _BLANK = b',\n\r"0 '

_HEXADECIMAL = np.full(256, 0xFF, np.uint8)
for _digit, _character in enumerate("0123456789abcdef"):
    _HEXADECIMAL[ord(_character)] = _HEXADECIMAL[ord(_character.upper())] = _digit


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


_NULL, _NAN, _SMALL_NAN = map(_word, (b"NULL", b"NaN", b"nan"))
_TRUE = tuple(map(_word, (b"True", b"true", b"1", b"TRUE")))
_FALSE = tuple(map(_word, (b"False", b"false", b"0", b"FALSE")))
_ONES, _BLANKS, _RETURNS, _UPPER_BITS = (_word(bytes([byte]) * 8) for byte in (1, _BLANK, _RETURN, 0x80))
_U0, _U1, _U8, _BYTE = map(np.uint64, (0, 1, 8, 0xFF))

_inlined = numba.njit(cache=True, nogil=True, forceinline=True)  # else arrays are passed by slow ways


@numba.njit(cache=True, nogil=True)
def read_lines(text, end, kinds, places, units, words, odd):  # type: ignore[no-untyped-def]  # noqa: PLR0912  (a branch a kind)
    """Read lines until the text ends or the records are full.

    Parameters
    ----------
    text, end
        UTF-8 text that begins with a line; its last line ends with a newline at `end - 1`. `MARGIN` bytes
        behind it can be read.
    kinds, places, units
        For each column of the text its `Kind`, of a number or time its place in the record, of a flag its
        place in the last word, and what numbers are divided by.
    words
        Records to fill, as `tracks.records` has them, shape (rows, `WORDS`). Numbers that the text lacks
        are left as they are.
    odd
        For each line that is not ordinary, its row, start, end, and lines before it; shape (rows, 4). Its
        record is not filled.

    Returns
    -------
    rows, at, lines, odd_rows, fields
        Rows read, place and lines behind the last of them, rows in `odd`. `fields` is 0, or the number of
        fields of the line at that place if it is not that of the columns.
    """
    columns, last = len(kinds), len(kinds) - 1
    numbers = words.view(np.float64)
    rows, lines, odd_rows = 0, 0, 0
    first = np.int64(text.ctypes.data)
    at, end = first, first + end
    ends = np.empty(columns + 64 + 8, np.int64)
    while at < end and rows < len(words):
        ordinary, quoted = _find_fields(at, last, ends)
        start = at
        callsign, bits = _U0, np.uint64(0)
        for column in range(columns if ordinary else 0):
            kind, place, stop = kinds[column], places[column], ends[column]
            good = True
            if quoted:
                start, stop, good = _unquoted(start, stop)
                ordinary &= good
            if kind == _NUMBER:
                number, good = _number(start, stop)
                numbers[rows, place] = number / units[column]  # finite: those beyond 1e80 are not ordinary
            elif kind == _FLAG:
                flag, good = _flag(start, stop)
                bits |= np.uint64(flag) << np.uint64(place)
            elif kind == _ADDRESS:
                address, good = _address(start, stop)
                bits |= np.uint64(address) << np.uint64(ADDRESS_SHIFT)
            elif kind == _TIME:
                numbers[rows, place], good = _time(start, stop)
            elif kind == _CALLSIGN:
                callsign, good = _callsign(start, stop)
            elif kind == _SQUAWK:
                squawk, good = _squawk(start, stop)
                bits |= np.uint64(squawk + 1) << np.uint64(SQUAWK_SHIFT)
            ordinary &= good
            start = ends[column] + 1
        words[rows, CALLSIGN], words[rows, BITS] = callsign, bits
        if ordinary:
            at = start + (load_byte(ends[last]) == _RETURN)
            lines += 1
        else:
            place, fields, more = _record(at, end)
            if place < 0:  # a quote is open
                break
            if fields != columns:
                return rows, at - first, lines, odd_rows, fields
            odd[odd_rows, 0], odd[odd_rows, 1] = rows, at - first
            odd[odd_rows, 2], odd[odd_rows, 3] = place - first, lines
            odd_rows += 1
            lines += more
            at = place
        rows += 1
    return rows, at - first, lines, odd_rows, 0


@numba.njit(cache=True, nogil=True)
def gather(text, odd):  # type: ignore[no-untyped-def]
    """Return the lines of the text that `read_lines` left in `odd`, one behind the other."""
    found = np.empty(np.sum(odd[:, 2] - odd[:, 1]), np.uint8)
    at = 0
    for row in range(len(odd)):
        size = odd[row, 2] - odd[row, 1]
        found[at : at + size] = text[odd[row, 1] : odd[row, 2]]
        at += size
    return found


@_inlined
def _find_fields(start, last, ends):  # type: ignore[no-untyped-def]
    """Find the end of each field of a line.

    Returns whether all is plain and the fields as many as due, and whether there are quotes.
    """
    fields, at, quoted = 0, start, False
    while fields <= last:
        commas, newlines, quotes, strange = find_marks(at)
        within = newlines ^ (newlines - _U1)  # up to the first newline
        commas &= within
        count = count_bits(commas)
        quoted |= quotes & within != _U0
        if strange & within != _U0:
            return False, quoted
        for i in range(8):  # more than there are, which costs less than to ask each time
            ends[fields + i] = at + trailing_zeros(commas)
            commas &= commas - _U1
        for i in range(8, count):
            ends[fields + i] = at + trailing_zeros(commas)
            commas &= commas - _U1
        fields += count
        if newlines != _U0:
            at += trailing_zeros(newlines)
            ends[fields] = at - (at > start and load_byte(at - 1) == _RETURN)
            return fields == last, quoted
        at += 64
    return False, quoted


# What follows reads one field: its value, and whether the field is ordinary.


@_inlined
def _missing(start, stop):  # type: ignore[no-untyped-def]
    """Whether a field is empty, NULL, NaN or nan."""
    if start == stop:
        return True
    word = _first_bytes(load_word(start), min(stop - start, 8))
    return word in (_NULL, _NAN, _SMALL_NAN)


@numba.njit(cache=True, nogil=True)
def _unquoted(start, stop):  # type: ignore[no-untyped-def]
    """Return the bounds of a field within its quotes, and whether there are none elsewhere in it."""
    around = stop - start > 1 and load_byte(start) == _QUOTE and load_byte(stop - 1) == _QUOTE
    start, stop = start + around, stop - around
    good = True
    for at in range(start, stop):
        good &= load_byte(at) != _QUOTE
    return start, stop, good


@_inlined
def _bare(start, stop):  # type: ignore[no-untyped-def]
    """Whether no blanks surround a field: it is then missing unless it has its plain form."""
    return start == stop or (load_byte(start) > _BLANK and load_byte(stop - 1) > _BLANK)


@_inlined
def _number(start, stop):  # type: ignore[no-untyped-def]
    number, end = read_decimal(start)
    return (number, True) if end == stop else (np.nan, _missing(start, stop))


@_inlined
def _time(start, stop):  # type: ignore[no-untyped-def]
    number, good = _number(start, stop)
    if good:
        return number, True
    number, end = read_iso_time(start)
    return number, end == stop


@_inlined
def _address(start, stop):  # type: ignore[no-untyped-def]
    word, found, worst = load_word(start), 0, np.uint8(0)
    for _ in range(6):
        digit = _HEXADECIMAL[word & _BYTE]
        worst |= digit
        found = found << 4 | digit
        word >>= _U8
    if worst < 16 and stop - start == 6:
        return np.uint32(found), True
    return np.uint32(NO_ADDRESS), _bare(start, stop)


@_inlined
def _flag(start, stop):  # type: ignore[no-untyped-def]
    word = _first_bytes(load_word(start), min(stop - start, 8))
    if word in _FALSE:
        return False, True
    if word in _TRUE:
        return True, True
    return False, _missing(start, stop)


@_inlined
def _squawk(start, stop):  # type: ignore[no-untyped-def]
    code = 0
    good = start < stop <= start + 4
    for place in range(start, min(stop, start + 4)):
        digit = load_byte(place) - _ZERO
        good &= 0 <= digit <= 7
        code = code * 10 + digit
    return (code, True) if good else (-1, _bare(start, stop))


@_inlined
def _callsign(start, stop):  # type: ignore[no-untyped-def]
    """Return up to eight characters without the blanks behind them, packed; 0 where missing."""
    size = stop - start
    if size > 8:
        return _U0, False
    word = _first_bytes(load_word(start), size)
    count = 8 - (leading_zeros(word ^ _first_bytes(_BLANKS, size)) >> 3)  # without the blanks behind
    word = _first_bytes(word, count)
    if count == 0 or word in (_NULL, _NAN):
        return _U0, True
    returns = word ^ _RETURNS
    stray = (returns - _ONES) & ~returns & _UPPER_BITS != _U0
    return reversed_bytes(word), word & _BYTE != _BLANK and not stray


@_inlined
def _first_bytes(word, count):  # type: ignore[no-untyped-def]
    half = np.uint64(32 - 4 * count)  # in two, since a shift by 64 is none
    return word << half << half >> half >> half


@numba.njit(cache=True, nogil=True)
def _record(start, end):  # type: ignore[no-untyped-def]
    """Return the end of the record at a place, its fields and its lines; an end of -1 where a quote is open.

    Commas and line ends within quotes belong to the value; a quote opens only at the start of a field.
    """
    fields, lines = 1, 0
    quoted, fresh = False, True
    for at in range(start, end):
        character = load_byte(at)
        lines += character == _NEWLINE
        if character == _QUOTE and (quoted or fresh):
            quoted = not quoted
            fresh = not quoted  # a doubled quote opens again
            continue
        fresh = False
        if not quoted and character == _COMMA:
            fields += 1
            fresh = True
        elif not quoted and character == _NEWLINE:
            return at + 1, fields, lines
    return -1, fields, lines
