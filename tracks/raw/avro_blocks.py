"""An Avro object container file as a row of small ones, each of which polars can read whole.

Such a file is a header (magic, metadata with the schema, a mark of 16 bytes) and blocks: the number of rows,
the number of bytes, the rows, the mark (Apache Avro 1.12 specification, "Object Container Files"). The header
with some of the blocks is such a file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BufferedReader

_MAGIC = b"Obj\x01"
_MARK_BYTES = 16


def avro_header(stream: BufferedReader) -> tuple[bytes, list[str]]:
    """Read the header at the start of a file: its bytes, and the names of the columns.

    Raises
    ------
    ValueError
        It is no Avro header, or the schema no record of columns.
    EOFError
        The file ends within it.
    """
    if stream.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("it does not begin as an Avro file does")
    metadata: dict[bytes, bytes] = {}
    while entries := _number(stream):
        if entries < 0:  # the number of bytes follows
            _number(stream)
        for _ in range(abs(entries)):
            key = _take(stream, _number(stream))
            metadata[key] = _take(stream, _number(stream))
    _take(stream, _MARK_BYTES)
    schema = json.loads(metadata.get(b"avro.schema", b""))
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise ValueError("its schema is no record")
    size = stream.tell()
    stream.seek(0)
    return _take(stream, size), [field["name"] for field in schema["fields"]]


def avro_files(stream: BufferedReader, header: bytes, rows: int) -> Iterator[bytes]:
    """Yield what is behind the header as files of at least so many rows, in whole blocks.

    Raises
    ------
    ValueError
        A block does not end with the file's mark.
    EOFError
        The file ends within a block.
    """
    parts, count = [header], 0
    while stream.peek(1):
        start = stream.tell()
        count += _number(stream)
        stop = _number(stream) + stream.tell() + _MARK_BYTES
        stream.seek(start)
        parts.append(_take(stream, stop - start))
        if not parts[-1].endswith(header[-_MARK_BYTES:]):
            raise ValueError("a block does not end with the file's mark")
        if count >= rows:
            yield b"".join(parts)
            parts, count = [header], 0
    if len(parts) > 1:
        yield b"".join(parts)


def _number(stream: BufferedReader) -> int:
    """Read a number in zigzag coding, seven bits a byte, the lowest first."""
    coded = shift = 0
    while True:
        (byte,) = _take(stream, 1)
        coded |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return coded >> 1 ^ -(coded & 1)


def _take(stream: BufferedReader, count: int) -> bytes:
    found = stream.read(count) if count >= 0 else b""
    if len(found) != count:
        raise EOFError("it ends in the middle")
    return found
