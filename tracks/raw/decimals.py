"""Decimal numbers of a text to the nearest doubles, bit for bit as Python's `float` reads them."""

from __future__ import annotations

import numba
import numpy as np

from tracks.raw.words import high_product, leading_zeros, load_byte, load_word, trailing_zeros

_LAST = 60
"""Powers of ten from -60 to 60 are read here; no result can overflow or be subnormal."""
_MOST_DIGITS = 19  # fit 64 bits
_ZERO, _MINUS, _PLUS, _POINT, _SMALL_E, _TO_SMALL = b"0-+.e "

_U0, _U1, _U3, _U8, _U9, _U10, _U16, _U32, _U63 = map(np.uint64, (0, 1, 3, 8, 9, 10, 16, 32, 63))
_NINE_BITS = np.uint64(0x1FF)

_ZEROS = np.uint64(0x3030303030303030)
_TO_UPPER_BIT = np.uint64(0x7676767676767676)  # added to a byte above 9
_UPPER_BITS = np.uint64(0x8080808080808080)
_PAIRS = np.uint64(0x000000FF000000FF)
_UPPER_PAIRS = np.uint64(100 | 1_000_000 << 32)
_LOWER_PAIRS = np.uint64(1 | 10_000 << 32)
_TENS = 10 ** np.arange(9, dtype=np.uint64)


def _power_of_five(power: int) -> int:
    """Return the leading 128 bits of 5**power, rounded down; up from -27 to -1, as Lemire's proof has it."""
    five: int = 5 ** abs(power)
    if power >= 0:
        return (five << 128) >> five.bit_length()
    return (1 << 127 + five.bit_length()) // five + (power >= -27)


_POWERS = [_power_of_five(power) for power in range(-_LAST, _LAST + 1)]
_HIGH = np.array([power >> 64 for power in _POWERS], np.uint64)
_LOW = np.array([power & (1 << 64) - 1 for power in _POWERS], np.uint64)
_TWOS = 400
_TWO = 2.0 ** np.arange(-_TWOS, _TWOS + 1)


@numba.njit(cache=True, nogil=True, forceinline=True)
def nearest_double(digits, power):  # type: ignore[no-untyped-def]
    """Return the double nearest to digits × 10**power, ties to even.

    The product of the digits and the leading 128 bits of the power of five decides; that these always do is
    proved for 64-bit digits (Lemire 2021, doi:10.1002/spe.2984; Mushtak and Lemire 2023,
    doi:10.1002/spe.3198).

    Parameters
    ----------
    digits
        uint64, not 0.
    power
        From -60 to 60.
    """
    zeros = leading_zeros(digits)
    normal = digits << np.uint64(zeros)
    factor = _HIGH[power + _LAST]
    high, low = high_product(normal, factor), normal * factor
    if high & _NINE_BITS == _NINE_BITS:  # what the lower half adds may carry into the bits that count
        more = high_product(normal, _LOW[power + _LAST])
        low += more
        high += np.uint64(low < more)
    top = high >> _U63
    shift = top + _U9
    mantissa = high >> shift  # 54 bits: one more than a double has, to round by
    if low <= _U1 and mantissa & _U3 == _U1 and -4 <= power <= 23 and mantissa << shift == high:
        mantissa -= _U1  # exactly between two doubles, the lower of which is even
    mantissa = (mantissa + (mantissa & _U1)) >> _U1
    two = ((217706 * power) >> 16) + 11 + np.int64(top) - zeros  # 217706 / 2**16: log2(10)
    return np.float64(mantissa) * _TWO[two + _TWOS]


@numba.njit(cache=True, nogil=True, forceinline=True)
def read_decimal(start):  # type: ignore[no-untyped-def]
    """Read the decimal number at an address: sign, digits with or without a point and more digits, exponent.

    Returns
    -------
    number, end
        The nearest double (0 for -0) and the address behind its last character. The end is -1 where it is no
        number, or one of more than 19 digits or an exponent beyond ±60.
    """
    negative = load_byte(start) == _MINUS
    first = start + (negative or load_byte(start) == _PLUS)
    digits, at = _digits(first, _U0)
    count, power = at - first, 0
    if load_byte(at) == _POINT:
        digits, end = _digits(at + 1, digits)
        power = at + 1 - end
        count -= power
        at = end
    if count == 0:
        return 0.0, -1
    if count > _MOST_DIGITS:  # zeros in front are none
        while load_byte(first) == _ZERO or load_byte(first) == _POINT:
            count -= load_byte(first) == _ZERO
            first += 1
        if count > _MOST_DIGITS:
            return 0.0, -1
    if load_byte(at) | _TO_SMALL == _SMALL_E:
        exponent, at = _exponent(at + 1)
        power += exponent
        if at < 0:
            return 0.0, -1
    if digits == _U0:
        return 0.0, at
    if power < -_LAST or power > _LAST:
        return 0.0, -1
    number = nearest_double(digits, power)
    return -number if negative else number, at


@numba.njit(cache=True, nogil=True, forceinline=True)
def _digits(start, digits):  # type: ignore[no-untyped-def]
    """Append the digits at a place to others: the number, modulo 2**64, and the place behind them."""
    at = start
    while True:
        word = load_word(at) ^ _ZEROS
        # The upper bit of each byte up to the first that is no digit says so.
        count = trailing_zeros((word + _TO_UPPER_BIT | word) & _UPPER_BITS) >> 3
        half = np.uint64(32 - 4 * count)
        word = word << half << half  # in two, since a shift by 64 is none: zeros before the digits
        word = word * _U10 + (word >> _U8)  # then pairs of digits, and of pairs
        upper = (word & _PAIRS) * _UPPER_PAIRS
        word = (upper + (word >> _U16 & _PAIRS) * _LOWER_PAIRS) >> _U32
        digits = digits * _TENS[count] + word
        at += count
        if count < 8:
            return digits, at


@numba.njit(cache=True, nogil=True, forceinline=True)
def _exponent(start):  # type: ignore[no-untyped-def]
    """Read a sign and one to three digits: the exponent and the place behind it, -1 where there is none."""
    negative = load_byte(start) == _MINUS
    first = start + (negative or load_byte(start) == _PLUS)
    digits, at = _digits(first, _U0)
    exponent = np.int64(digits)
    return -exponent if negative else exponent, at if 0 < at - first < 4 else -1
