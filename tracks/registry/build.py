"""All registers of the configuration become the one registry table."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.config import RegistrySettings
from data_schemas.config.source import RegisterSource
from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.packaged import resolve
from data_schemas.tables.registry import REGISTRY
from data_schemas.task import Counts
from tracks.registry.doc8643 import read_type_table
from tracks.registry.faa import read_faa
from tracks.registry.generic import read_generic
from tracks.registry.register import Register, empty


def build_registry(settings: RegistrySettings, out: Path) -> Counts:
    """Read every register and write the registry Parquet.

    Rows of one address stand in order of precedence: source listed first, then the latest valid_from
    (missing last), then the file's order. The first of them that is valid in a year is the aircraft's.

    Returns
    -------
    Counts
        Rows read and written of all registers, rows that left by reason (`bad_address`, `no_type`), and in
        `made` kept rows worth a word: `unknown_designator`, `addresses_disagree`.

    Raises
    ------
    InputError
        A file or a column is missing, or a value is not what its column holds.
    """
    registers = [_read(source) for source in settings.sources]
    ranked = [
        register.rows.with_columns(pl.lit(rank, pl.Int32).alias("rank"))
        for rank, register in enumerate(registers)
    ]
    rows = pl.concat([empty().with_columns(pl.lit(None, pl.Int32).alias("rank")), *ranked])
    rows = rows.sort(
        "icao24",
        "rank",
        "valid_from",
        descending=[False, False, True],
        nulls_last=True,
        maintain_order=True,
    )
    table = rows.select(REGISTRY.names).to_arrow().cast(REGISTRY.schema())
    with complete_file(out) as part:
        pq.write_table(table, part, compression="zstd")
    return _sum_up(registers)


def registry_digest(registry: Path) -> str:
    """Return a short digest of the registry's content, for telling whether a finished task is stale.

    Raises
    ------
    InputError
        There is no such file.
    """
    try:
        content = registry.read_bytes()
    except FileNotFoundError:
        raise InputError(registry, "no such registry", "make it with: trackmill registry build") from None
    return hashlib.sha256(content).hexdigest()[:16]


def _read(source: RegisterSource) -> Register:
    path = resolve(source.path)
    if source.format == "faa":
        return read_faa(path)
    return read_generic(path, read_type_table(source.type_table))


def _sum_up(registers: list[Register]) -> Counts:
    left: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for register in registers:
        left.update(register.left)
        made.update(register.made)
    rows_in = sum(register.rows_in for register in registers)
    rows_out = sum(register.rows.height for register in registers)
    return Counts(rows_in, rows_out, dict(sorted(left.items())), dict(sorted(made.items())))
