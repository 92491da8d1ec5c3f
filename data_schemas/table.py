"""One declaration a table: columns, Arrow types, units and meaning, used by readers, writers and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from data_schemas.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Column:
    """A column: its name (unit in it), Arrow type, unit, whether it may be missing, and what it means.

    Values of a column with a `resolution` are rounded to whole multiples of it.
    """

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    nullable: bool = False
    resolution: float | None = None

    def field(self) -> pa.Field:
        """Return the Arrow field; unit, meaning and resolution, if it has one, in its metadata."""
        about = {"unit": self.unit, "description": self.meaning}
        if self.resolution is not None:
            about["resolution"] = f"{self.resolution:.17g}"
        return pa.field(self.name, self.type, self.nullable, metadata=about)


@dataclass(frozen=True)
class Table:
    """A table: its name, its columns in order, the columns it is sorted by, and one sentence about it.

    Optional columns stand behind the others where settings ask for them; who does not know them reads past.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    sorted_by: tuple[str, ...] = ()
    optional: tuple[Column, ...] = ()

    @property
    def names(self) -> list[str]:
        """Column names in order, without the optional ones."""
        return [column.name for column in self.columns]

    def names_in(self, schema: pa.Schema) -> list[str]:
        """Column names in order, with the optional ones that a file has."""
        return self.names + [column.name for column in self.optional if column.name in schema.names]

    def schema(self, about: Mapping[str, str] | None = None, optional: bool = False) -> pa.Schema:
        """Return the Arrow schema with `trackmill.table`, the sort key and `about` in its metadata."""
        facts = {"trackmill.table": self.name, "trackmill.sorted_by": ",".join(self.sorted_by)}
        columns = self.columns + (self.optional if optional else ())
        return pa.schema([c.field() for c in columns], metadata=facts | dict(about or {}))

    def check(self, schema: pa.Schema, where: object) -> None:
        """Raise `InputError` naming every missing, unexpected or wrongly typed column of a file."""
        problems: list[str] = []
        expected = {c.name: c for c in (*self.columns, *self.optional)}
        problems += [
            f"unexpected column '{name}' ({did_you_mean(name, expected)})"
            for name in schema.names
            if name not in expected
        ]
        for name, column in expected.items():
            index = schema.get_field_index(name)
            if index < 0:
                problems += [f"column '{name}' is missing"] if column in self.columns else []
            elif not _same_type(schema.field(index).type, column.type):
                problems.append(f"column '{name}' is {schema.field(index).type}, expected {column.type}")
        if problems:
            raise InputError(where, f"not a {self.name} table: {', '.join(problems)}", "make it anew")


def _same_type(found: pa.DataType, expected: pa.DataType) -> bool:
    """Whether the values are of one type: a dictionary stands for its values, large strings for strings."""
    return bool(_plain(found) == _plain(expected))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind
