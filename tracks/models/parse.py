"""Sections of the published model format, each checked as it is read."""

from __future__ import annotations

import codecs
import itertools
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import numpy as np

from data_schemas.errors import InputError, did_you_mean
from tracks.models.network import Network, base_label, topological_order
from tracks.models.variables import IntArray

SECTIONS = (
    "labels_initial",
    "G_initial",
    "r_initial",
    "N_initial",
    "labels_transition",
    "G_transition",
    "r_transition",
    "N_transition",
    "boundaries",
    "resample_rates",
)
"""Sections in the order of the file."""

Line = tuple[int, str]
"""Number of a line, from 1, and its text."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MOST = 9 * 10**18
"""Counts sum up to less than this: it fits 64 bits."""
_REMEDY = "give a model in the published format"


class Reader:
    """The sections of one file; every method reads one section and raises `InputError` where it is wrong."""

    def __init__(self, path: Path, sections: dict[str, tuple[int, list[Line]]]) -> None:
        self._path = path
        self._sections = sections

    @classmethod
    def of(cls, path: str | Path) -> Reader:
        """Cut a file into its sections: all of them, in order, each once."""
        file = Path(path)
        try:
            content = file.read_bytes().removeprefix(codecs.BOM_UTF8)
        except FileNotFoundError:
            raise InputError(file, "no such model file", "give the path of one") from None
        except OSError as error:
            raise InputError(file, f"cannot be read ({error.strerror})", _REMEDY) from None
        try:
            text = content.decode("ascii")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise InputError(f"{file} line {line}", "no text: a byte that is not ASCII", _REMEDY) from None
        lines = text.split("\n")
        sections = _cut(file, lines)
        if not text[-1].isspace():  # every number is followed by a blank or the end of its line
            where = f"{file} line {len(lines)}, section {SECTIONS[-1]}"
            raise InputError(where, "the last line has no end: truncated", "get it anew")
        return cls(file, sections)

    def labels(self, section: str, initial: Network | None) -> tuple[str, ...]:
        """Read labels; those of the transition are the initial ones at t, then dynamic ones at t + 1."""
        start, lines = self._sections[section]
        if len(lines) != 1:
            self._fail(section, start, f"expected one line of labels, found {len(lines)}")
        number, text = lines[0]
        quoted = [part.strip() for part in text.split(",")]
        if any(len(q) < 3 or q[0] != '"' or q[-1] != '"' or '"' in q[1:-1] for q in quoted):
            self._fail(section, number, "expected labels in double quotes with commas between them")
        labels = tuple(q[1:-1] for q in quoted)
        if len(set(labels)) != len(labels):
            self._fail(section, number, "a label stands twice")
        if initial:
            self._check_times(section, number, labels, initial)
        return labels

    def graph(self, section: str, size: int) -> tuple[tuple[int, ...], ...]:
        """Read an adjacency matrix (row parent, column child) as the parents of each variable."""
        start, lines = self._sections[section]
        if len(lines) != size:
            self._fail(section, start, f"expected {size} rows, one a label, found {len(lines)}")
        rows: list[list[str]] = []
        for number, text in lines:
            row = text.split()
            if len(row) != size or set(row) - {"0", "1"}:
                self._fail(
                    section, number, f"expected {size} numbers that are 0 or 1, found '{_short(text)}'"
                )
            rows.append(row)
        parents = tuple(tuple(i for i in range(size) if rows[i][j] == "1") for j in range(size))
        order = topological_order(parents)
        if len(order) != size:
            cyclic = sorted(set(range(size)) - set(order))
            self._fail(section, start, f"variables {[i + 1 for i in cyclic]} lie on or below a cycle")
        return parents

    def bins(self, section: str, labels: tuple[str, ...], initial: Network | None) -> tuple[int, ...]:
        """Read the number of bins of each variable; at t and t + 1 they are those of the first second."""
        start, _ = self._sections[section]
        bins = tuple(map(int, self._counts(section, len(labels))))
        if min(bins) < 1:
            self._fail(section, start + 1, "a variable has at least one bin, found 0")
        if initial:
            known = dict(zip(initial.labels, initial.bins, strict=True))
            for label, found in zip(labels, bins, strict=True):
                if found != known[base_label(label)]:
                    what = f"{label} has {found} bins, in r_initial {known[base_label(label)]}"
                    self._fail(section, start + 1, what)
        return bins

    def tables(self, section: str, shapes: Sequence[tuple[int, int]]) -> tuple[IntArray, ...]:
        """Read tables of counts, one after another, each column-major of shape (bins, configurations)."""
        sizes = [rows * columns for rows, columns in shapes]
        numbers = self._counts(section, sum(sizes))
        edges = [0, *itertools.accumulate(sizes)]
        flat = [numbers[a:b] for a, b in itertools.pairwise(edges)]
        return tuple(f.reshape(shape, order="F") for f, shape in zip(flat, shapes, strict=True))

    def boundaries(self, bins: tuple[int, ...]) -> tuple[tuple[float, ...] | None, ...]:
        """Read the cut points, a line a variable, `*` where it is categorical."""
        start, lines = self._sections["boundaries"]
        if len(lines) != len(bins):
            self._fail("boundaries", start, f"expected {len(bins)} lines, one a label, found {len(lines)}")
        return tuple(self._cuts(line, size) for line, size in zip(lines, bins, strict=True))

    def rates(self, size: int) -> tuple[float, ...]:
        """Read the resample rates, one a variable."""
        start, lines = self._sections["resample_rates"]
        rates = [rate for line in lines for rate in self._floats("resample_rates", line)]
        if len(rates) != size:
            self._fail("resample_rates", start, f"expected {size} rates, one a label, found {len(rates)}")
        wrong = [rate for rate in rates if not 0 <= rate <= 1]
        if wrong:
            self._fail("resample_rates", start + 1, f"expected rates between 0 and 1, found {wrong[0]:g}")
        return tuple(rates)

    def _check_times(self, section: str, number: int, labels: tuple[str, ...], initial: Network) -> None:
        count = len(initial.labels)
        now, later = labels[:count], labels[count:]
        if tuple(name.removesuffix("(t)") for name in now) != initial.labels:
            self._fail(section, number, "expected the labels of labels_initial first, dynamic ones with (t)")
        moved = {name.removesuffix("(t)") for name in now if name.endswith("(t)")}
        if sorted(later) != sorted(f"{name}(t+1)" for name in moved):
            self._fail(section, number, "expected each label with (t) once more with (t+1), and no other")

    def _counts(self, section: str, expected: int) -> IntArray:
        """Read whole numbers, exactly, however many lines they are on."""
        start, lines = self._sections[section]
        words = [word for _, text in lines for word in text.split()]
        if len(words) != expected:
            self._fail(section, start + 1, f"expected {expected} numbers, found {len(words)}")
        if not all(
            map(_is_plain, words)
        ):  # then some are in another notation, or wrong on a line to be found
            words = [
                str(self._count(section, number, word)) for number, text in lines for word in text.split()
            ]
        counts = np.array(words, dtype=np.str_).astype(np.int64)
        if counts.sum(dtype=np.float64) >= _MOST:
            self._fail(section, start + 1, f"expected counts of a sum below {_MOST:.0e}")
        return counts

    def _count(self, section: str, number: int, word: str) -> int:
        """Return a whole number in any notation: 100, 100.0, 1e+02."""
        known = _NUMBER.fullmatch(word) and 0 <= float(word) <= _MOST
        if not known or Decimal(word) != Decimal(word).to_integral_value():
            self._fail(section, number, f"expected whole numbers from 0, found '{_short(word)}'")
        return int(Decimal(word))

    def _cuts(self, line: Line, bins: int) -> tuple[float, ...] | None:
        number, text = line
        if text.split() == ["*"]:
            return None
        cuts = tuple(self._floats("boundaries", line))
        if len(cuts) != bins + 1:
            self._fail(
                "boundaries", number, f"expected {bins + 1} cut points or *, {bins} bins, found {len(cuts)}"
            )
        if any(b <= a for a, b in itertools.pairwise(cuts)):
            self._fail("boundaries", number, f"cut points must rise, found '{_short(text)}'")
        return cuts

    def _floats(self, section: str, line: Line) -> list[float]:
        number, text = line
        values: list[float] = []
        for word in text.split():
            if not _NUMBER.fullmatch(word) or not math.isfinite(float(word)):
                self._fail(section, number, f"expected a finite number, found '{_short(word)}'")
            values.append(float(word))
        return values

    def _fail(self, section: str, number: int, problem: str) -> NoReturn:
        raise InputError(f"{self._path} line {number}, section {section}", problem, _REMEDY)


def _cut(file: Path, texts: Sequence[str]) -> dict[str, tuple[int, list[Line]]]:
    """Return each section's first line number and its lines that are not blank."""
    sections: dict[str, tuple[int, list[Line]]] = {}
    for number, text in enumerate(texts, 1):
        if text.startswith("#"):
            _open(file, number, text[1:].strip(), sections)
        elif text.strip():
            if not sections:
                raise InputError(f"{file} line {number}", f"expected '# {SECTIONS[0]}' first", _REMEDY)
            list(sections.values())[-1][1].append((number, text))
    if len(sections) < len(SECTIONS):
        where = f"{file} line {len(texts)}" + "".join(f", section {name}" for name in list(sections)[-1:])
        problem = f"the file ends without section {SECTIONS[len(sections)]}: truncated"
        raise InputError(where, problem, "get it anew")
    return sections


def _open(file: Path, number: int, name: str, sections: dict[str, tuple[int, list[Line]]]) -> None:
    where = f"{file} line {number}"
    if name in sections:
        raise InputError(where, f"section {name} stands twice", _REMEDY)
    if name not in SECTIONS:
        raise InputError(where, f"unknown section '{_short(name)}'", did_you_mean(name, SECTIONS))
    if name != SECTIONS[len(sections)]:
        raise InputError(where, f"section {SECTIONS[len(sections)]} is missing before {name}", _REMEDY)
    sections[name] = (number, [])


def _is_plain(word: str) -> bool:
    return word.isdigit() and len(word) <= 18  # 18 digits always fit int64


def _short(text: str) -> str:
    return text.strip() if len(text.strip()) <= 40 else text.strip()[:37] + "..."
