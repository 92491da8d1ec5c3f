"""Reading what a run has made: summaries, and the leaves that the figures draw."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data_schemas.config import Config, Dataset
from data_schemas.errors import InputError
from tracks.track_files import TrackFile, find_track_files
from workflow.layout import STAGES, Layout, tracks_folder

DRAWN_LEAVES = 12
"""Leaves that the figures read, the largest first: a report on billions of rows stays a minute's work."""


@dataclass(frozen=True)
class Results:
    """One data set's results: its settings, its stages' summaries, and where its files lie."""

    name: str
    dataset: Dataset
    layout: Layout
    summaries: dict[str, dict[str, Any]]
    tracks_folder: Path | None  # none: they are not written

    def folder(self, stage: str) -> Path:
        """Folder that a stage has written to."""
        return self.layout.output(self.name, stage)

    def ledger(self, stage: str) -> Path:
        """Ledger folder of a stage."""
        return self.layout.ledger(self.name, stage)

    def leaves(self) -> tuple[list[Path], int]:
        """Return the largest leaves of tracks that the figures read, and how many leaves there are."""
        if self.tracks_folder is None:
            return [], 0
        files = [file.path for file in find_track_files(self.tracks_folder)]
        chosen = sorted(files, key=lambda file: (-file.stat().st_size, file))[:DRAWN_LEAVES]
        return sorted(chosen), len(files)

    def tracks(self, columns: list[str]) -> pl.DataFrame:
        """Return columns of the drawn leaves, the aircraft type of each row beside them."""
        files, _ = self.leaves()
        frames = [
            pl.read_parquet(file, columns=columns, hive_partitioning=False).with_columns(
                pl.col("icao24").cast(pl.String), aircraft_type=pl.lit(TrackFile.at(file).aircraft_type)
            )
            for file in files
        ]
        return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(columns, pl.Float64))


def read_results(config: Config) -> list[Results]:
    """Read the summaries of all data sets; a stage that is not finished is an `InputError`."""
    layout = Layout(Path(config.results))
    return [
        Results(
            name,
            config.dataset(name),
            layout,
            {stage: _summary(layout.summary(name, stage), stage) for stage in STAGES},
            tracks_folder(config, name),
        )
        for name in config.datasets
    ]


def _summary(path: Path, stage: str) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(path, f"stage {stage} has not finished", "run it, then the report") from None
    return facts
