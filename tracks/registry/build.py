"""All registers of the configuration become the one registry table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.beside import conflicts_beside
from data_schemas.config import RegistrySettings
from data_schemas.config.source import RegisterSource
from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.packaged import resolve
from data_schemas.table import Table
from data_schemas.tables.registry import CONFLICTS, REGISTRY
from tracks.registry.conflicts import conflicts
from tracks.registry.doc8643 import read_type_table
from tracks.registry.faa import read_faa
from tracks.registry.generic import read_generic
from tracks.registry.iaa import read_iaa
from tracks.registry.ilt import read_ilt
from tracks.registry.opensky import read_opensky
from tracks.registry.register import Register, empty
from tracks.registry.summary import SourceCounts, Summary, precedence_warnings
from tracks.registry.tar1090 import read_tar1090
from tracks.registry.transport_canada import read_transport_canada

_CODED: Mapping[str, Callable[[Path], Register]] = {
    "faa": read_faa,
    "iaa": read_iaa,
    "transport_canada": read_transport_canada,
}
_WITH_DESIGNATORS: Mapping[str, Callable[[Path, Mapping[str, str]], Register]] = {
    "generic": read_generic,
    "ilt": read_ilt,
    "opensky": read_opensky,
    "tar1090": read_tar1090,
}


def build_registry(settings: RegistrySettings, out: Path) -> Summary:
    """Read every register and write the registry Parquet, and beside it what they disagree on and a summary.

    Rows of one address stand in order of precedence: source listed first, then the latest valid_from
    (missing last), then the file's order. The first of them that is valid in a year is the aircraft's.

    Returns
    -------
    Summary
        Of each register the rows read and kept, rows that left by reason, kept rows worth a word, and with
        how many values of the registers before it it disagrees.

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
    disagreements = conflicts(rows)
    summary = _sum_up(settings, registers, disagreements, rows["icao24"].n_unique())
    _write(disagreements, CONFLICTS, conflicts_beside(out))
    summary.write(out)
    _write(rows, REGISTRY, out)
    return summary


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
    if source.format in _CODED:
        return _CODED[source.format](path)
    return _WITH_DESIGNATORS[source.format](path, read_type_table(source.type_table))


def _write(rows: pl.DataFrame, table: Table, out: Path) -> None:
    with complete_file(out) as part:
        pq.write_table(rows.select(table.names).to_arrow().cast(table.schema()), part, compression="zstd")


def _sum_up(
    settings: RegistrySettings, registers: list[Register], disagreements: pl.DataFrame, addresses: int
) -> Summary:
    counted = disagreements.group_by("rank", "rank_other").len()
    pairs = {(rank, other): n for rank, other, n in counted.iter_rows()}
    names = _names(settings, registers)
    sources = tuple(
        SourceCounts(
            name,
            source.format,
            Path(source.path).name,
            register.rows_in,
            register.rows.height,
            register.left,
            register.made,
            register.rows["icao24"].n_unique(),
            {names[before]: pairs[before, rank] for before in range(rank) if (before, rank) in pairs},
        )
        for rank, (name, source, register) in enumerate(zip(names, settings.sources, registers, strict=True))
    )
    return Summary(sources, addresses, precedence_warnings(settings.sources))


def _names(settings: RegistrySettings, registers: list[Register]) -> list[str]:
    """Name every register by the sources in its rows, two of the same by their files too."""
    names = [
        ", ".join(sorted(register.rows["source"].unique())) or source.format.upper()
        for source, register in zip(settings.sources, registers, strict=True)
    ]
    return [
        name if names.count(name) == 1 else f"{name} of {Path(source.path).name}"
        for name, source in zip(names, settings.sources, strict=True)
    ]
