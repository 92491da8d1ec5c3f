"""The text of an hour in blocks of whole lines, so that any file takes the memory of a few blocks."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from data_schemas.errors import InputError
from tracks.raw.containers import AGAIN, no_text, open_text
from tracks.raw.lines import MARGIN

LONGEST_LINE = 1 << 24
"""Bytes of a line, or of a quoted value with line ends, beyond which it is taken for a fault."""

_PEEK = 1 << 12
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class TextBlock:
    """Whole lines: the first `end` bytes of `text`, a newline the last, with `MARGIN` bytes behind them."""

    text: npt.NDArray[np.uint8]
    end: int

    def first_line(self) -> bytes:
        """Return the first line with its newline."""
        size = _PEEK
        while (end := self.text[:size].tobytes().find(b"\n")) < 0:
            size *= 2
        return self.text[: end + 1].tobytes()

    def behind(self, rest: npt.NDArray[np.uint8]) -> TextBlock:
        """Return the block with other text before its own."""
        return TextBlock(np.concatenate([rest, self.text]), len(rest) + self.end) if len(rest) else self


def text_blocks(path: Path, block_bytes: int) -> Generator[TextBlock, None, None]:
    """Yield the text of a `.csv`, `.csv.gz` or `.csv.tar` file in blocks that end where a line does.

    A byte-order mark and blank lines at the end of the file are left out; a newline is added where the last
    line lacks it. A block holds more than `block_bytes` only where a line does.

    Raises
    ------
    InputError
        As `open_text`; the file holds no text; or a line is longer than `LONGEST_LINE` (and `block_bytes`).
    """
    rest = np.empty(0, np.uint8)
    lines = first = True
    with open_text(path) as stream:
        while lines:
            text, filled = _read(stream, rest, block_bytes)
            if first and text[:3].tobytes() == _BYTE_ORDER_MARK:
                text, filled = text[3:], filled - 3
            if first and (not filled or text[:filled].tobytes().isspace()):
                raise no_text(path)
            first = False
            lines = filled == len(text) - MARGIN  # else the file ends here
            if not lines and filled and text[filled - 1] != ord("\n"):
                text[filled] = ord("\n")
                filled += 1
            end = _end_of_lines(text[:filled])
            rest = text[end:filled].copy()
            if end:
                yield TextBlock(text, end)
            elif lines and filled > max(LONGEST_LINE, block_bytes):
                raise InputError(path, f"a line of more than {filled >> 20} MiB", AGAIN)


def _read(
    stream: IO[bytes], rest: npt.NDArray[np.uint8], block_bytes: int
) -> tuple[npt.NDArray[np.uint8], int]:
    """Return an array that begins with the rest of the last block, and how much of it is filled."""
    size = max(block_bytes, 2 * len(rest), MARGIN)
    text = np.empty(size + MARGIN, np.uint8)
    text[: len(rest)] = rest
    filled = len(rest)
    free = text[:size].data
    while filled < size and (count := stream.readinto(free[filled:])):  # type: ignore[attr-defined]
        filled += count
    return text, filled


def _end_of_lines(text: npt.NDArray[np.uint8]) -> int:
    """Return the place behind the last line that is complete and not blank; 0 where there is none.

    Blank lines wait for what follows them: at the end of the file they are no lines, elsewhere a fault.
    """
    end = _last_newline(text) + 1
    if end > 1 and bytes(text[max(end - 3, 0) : end]).endswith((b"\n\n", b"\n\r\n")):
        kept = len(text[:end].tobytes().rstrip(b"\r\n"))
        end = text[kept:end].tobytes().find(b"\n") + kept + 1 if kept else 0
    return end


def _last_newline(text: npt.NDArray[np.uint8]) -> int:
    """Return the place of the last newline, -1 where there is none."""
    for start in (max(len(text) - _PEEK, 0), 0):
        found = text[start:].tobytes().rfind(b"\n")
        if found >= 0:
            return start + found
    return -1
