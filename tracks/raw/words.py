"""Machine words for kernels that read text: eight bytes at a time, and what numba lacks of 64-bit arithmetic.

Text is given by its address in memory, int64, since numba counts the references to an array wherever it is
passed, which takes longer than to read a field. The byte at the lowest address is the lowest byte of a word,
as on all machines that polars runs on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_intrinsic: Callable[..., Any] = intrinsic

_BYTE, _WORD = ir.IntType(8), ir.IntType(64)


@_intrinsic
def load_byte(_context: Any, _at: Any) -> Any:
    """Return the byte at an address as an int64."""

    def code(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.zext(builder.load(builder.inttoptr(args[0], _BYTE.as_pointer())), _WORD)

    return types.int64(types.int64), code


@_intrinsic
def load_word(_context: Any, _at: Any) -> Any:
    """Return the eight bytes at an address, which may be any, as an uint64."""

    def code(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], _WORD.as_pointer()), align=1)

    return types.uint64(types.int64), code


@_intrinsic
def find_marks(_context: Any, _at: Any) -> Any:
    """Return which of the 64 bytes from an address on are commas, newlines, quotes, and not plain.

    Four uint64, the lowest bit for the first byte. Not plain is what is not ASCII, and control characters
    other than those that end a line.
    """
    size = 32  # bytes that a register holds
    vector = ir.VectorType(_BYTE, size)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def all_of(character: bytes) -> Any:
            return ir.Constant(vector, [ir.Constant(_BYTE, character[0])] * size)

        found = [ir.Constant(_WORD, 0)] * 4
        for start in range(0, 64, size):
            place = builder.inttoptr(builder.add(args[0], ir.Constant(_WORD, start)), vector.as_pointer())
            part = builder.load(place, align=1)
            comma, newline, other, quote = (
                builder.icmp_unsigned("==", part, all_of(mark)) for mark in (b",", b"\n", b"\r", b'"')
            )
            low = builder.icmp_signed(
                "<", part, all_of(b" ")
            )  # as signed numbers, those beyond ASCII are negative
            strange = builder.and_(low, builder.not_(builder.or_(newline, other)))
            for i, marks in enumerate((comma, newline, quote, strange)):
                bits = builder.zext(builder.bitcast(marks, ir.IntType(size)), _WORD)
                found[i] = builder.or_(found[i], builder.shl(bits, ir.Constant(_WORD, start)))
        return context.make_tuple(builder, signature.return_type, found)

    marks = types.Tuple([types.uint64] * 4)  # type: ignore[no-untyped-call]
    return marks(types.int64), code


@_intrinsic
def high_product(_context: Any, _a: Any, _b: Any) -> Any:
    """Return the upper 64 bits of the product of two uint64."""

    def code(_: Any, builder: Any, __: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(arg, wide) for arg in args))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), _WORD)

    return types.uint64(types.uint64, types.uint64), code


@_intrinsic
def leading_zeros(_context: Any, _word: Any) -> Any:
    """Return how many zero bits lead an uint64, 64 if it is 0."""

    def code(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.ctlz(args[0], cgutils.false_bit)

    return types.int64(types.uint64), code


@_intrinsic
def trailing_zeros(_context: Any, _word: Any) -> Any:
    """Return how many zero bits end an uint64, 64 if it is 0."""

    def code(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.cttz(args[0], cgutils.false_bit)

    return types.int64(types.uint64), code


@_intrinsic
def count_bits(_context: Any, _word: Any) -> Any:
    """Return how many bits of an uint64 are set."""

    def code(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), code


@_intrinsic
def reversed_bytes(_context: Any, _word: Any) -> Any:
    """Return an uint64 with its bytes in the opposite order."""

    def code(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return builder.bswap(args[0])

    return types.uint64(types.uint64), code
