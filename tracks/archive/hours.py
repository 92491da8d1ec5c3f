"""What the files of stages 1 and 2 say about the hours and leaves they hold, read from their metadata."""

from __future__ import annotations

import itertools
import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.table import Table
from data_schemas.tables.observations import ARCHIVED, ORGANIZED
from tracks.listing import Holding, listed
from tracks.merge import Stretch

_ANEW = "remove it, then make it anew: trackmill organize"
_REMOVE = "remove it, then make it anew: trackmill archive"


@dataclass(frozen=True)
class OrganizedHour:
    """An organized hour file, and what it holds of a span of leaves.

    Attributes
    ----------
    path, hour
        The file, and the name of the hour.
    start
        Position of the first row of the span.
    holdings
        What the hour has in each leaf of the span, in the order of its rows.
    """

    path: Path
    hour: str
    start: int
    holdings: dict[str, Holding]

    @staticmethod
    def open(path: Path, span: tuple[str, str] | None = None) -> OrganizedHour:
        """Read the metadata of an organized file.

        Parameters
        ----------
        path
            The file.
        span
            First and last leaf of those that matter; None: all do.

        Raises
        ------
        InputError
            The file is missing, damaged, or was not written by stage 1.
        """
        about, rows = _metadata(path, ORGANIZED, _ANEW)
        try:
            start, holdings = listed(about, rows, span)
        except ValueError as error:
            raise InputError(path, str(error), _ANEW) from None
        return OrganizedHour(path, path.stem, start, holdings)

    def stretches(self, wanted: Container[str]) -> list[Stretch]:
        """Return where the rows of some leaves of the span lie, those of neighbours in one stretch."""
        found: list[Stretch] = []
        start = self.start
        for inside, some in itertools.groupby(self.holdings.items(), lambda item: item[0] in wanted):
            leaves, held = zip(*some, strict=True)
            rows = np.array([one.rows for one in held], np.int64)
            if inside:
                found.append(Stretch(self.path, start, leaves, rows))
            start += int(rows.sum())
        return found


@dataclass(frozen=True)
class ArchivedLeaf:
    """A leaf file of the archive: what each hour in it contributed, and the digest of what else made it."""

    path: Path
    hours: dict[str, Holding]
    settings: str = ""

    @staticmethod
    def open(path: Path) -> ArchivedLeaf:
        """Read the metadata of a leaf file; one that does not exist yet holds no hours.

        Raises
        ------
        InputError
            The file is damaged or was not written by stage 2.
        """
        if not path.exists():
            return ArchivedLeaf(path, {})
        about, rows = _metadata(path, ARCHIVED, _REMOVE)
        try:
            listed: dict[str, dict[str, Any]] = json.loads(about[b"trackmill.hours"])
            hours = {hour: Holding(int(held["rows"]), held["digest"]) for hour, held in listed.items()}
        except (LookupError, ValueError, AttributeError, TypeError):
            raise InputError(path, "lacks the list of its hours", _REMOVE) from None
        if sum(held.rows for held in hours.values()) != rows:
            raise InputError(path, f"{rows} rows, but its hours add up to another number", _REMOVE)
        return ArchivedLeaf(path, hours, about.get(b"trackmill.settings", b"").decode())

    def tables(self) -> Iterator[pa.Table]:
        """Yield the row groups."""
        with pq.ParquetFile(self.path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)

    def stretch(self, leaf: str) -> Stretch:
        """Return where all rows lie."""
        return Stretch(self.path, 0, [leaf], np.array([sum(held.rows for held in self.hours.values())]))


def _metadata(path: Path, table: Table, remedy: str) -> tuple[dict[bytes, bytes], int]:
    """Return the key-value metadata and the number of rows of a file, its columns checked."""
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except FileNotFoundError:
        raise InputError(path, "no such file", remedy) from None
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        raise InputError(path, f"not a Parquet file ({' '.join(str(error).split())[:200]})", remedy) from None
    table.check(schema, path)
    return metadata.metadata or {}, int(metadata.num_rows)
