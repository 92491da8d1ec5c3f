"""Sampled tracks as files: Parquet, and the layouts that the published tools read and write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from data_schemas.files import complete_file, write_text
from data_schemas.sample_formats import SAMPLE_FORMATS
from data_schemas.tables.models import SAMPLED
from tracks.models.chain import FT_S_PER_KT
from tracks.models.marginals import VALUES
from tracks.models.network import EncounterModel
from tracks.models.sample import Drawn
from tracks.models.variables import LABELS, NAMES
from tracks.waypoints import write_waypoints

_WHOLE = ("track", "time_s", "G", "A", "L")
_FOLDER_FT = 100.0

Writer = Callable[[Path, Iterable[Drawn], EncounterModel], None]


def write_parquet(path: Path, drawn: Iterable[Drawn], model: EncounterModel) -> None:
    """Write a Parquet file of SAMPLED, a row group a block, complete or not at all."""
    del model
    with (
        complete_file(path) as part,
        pq.ParquetWriter(
            part,
            SAMPLED.schema(),
            # floats hardly repeat: dictionaries and statistics of them would double the time
            use_dictionary=list(_WHOLE),
            write_statistics=list(_WHOLE),
            compression="snappy",
        ) as writer,
    ):
        for block in drawn:
            writer.write_table(block.table, row_group_size=max(1, block.table.num_rows))


def write_tracks_as_waypoints(path: Path, drawn: Iterable[Drawn], model: EncounterModel) -> None:
    """Write the waypoints file of em-core, an encounter of one aircraft a track (see `write_waypoints`)."""
    del model
    names = ("north_ft", "east_ft", "alt_ft_agl")
    positions = (np.stack([_grid(block, name) for name in names], -1)[:, None] for block in drawn)
    write_waypoints(path, positions, 1)


def write_csv(folder: Path, drawn: Iterable[Drawn], model: EncounterModel) -> None:
    """Write the tracks of em-model-manned-bayes (`sample2track`), a CSV file each.

    `G<G>/A<A>/<100 ft layer>ft/BAYES_t<last s>_id<track, from 1>_alt<ft>_speed<ft/s>.csv` with the altitude
    and speed of the first second, without G and A where the model has none; columns time_s, x_ft (along the
    initial heading), y_ft (right of it), z_ft (AGL), in whole feet. A file appears complete or not at all.
    """
    lowest = (model.boundaries[model.index("L")] or (0.0,))[0]
    base = lowest if lowest % _FOLDER_FT == 0 else max(np.floor(lowest - 50.0), 0.0)
    for block in drawn:
        first = _grid(block, "track")[:, 0] + 1
        folders = [
            (name, _grid(block, name)[:, 0]) for name in ("G", "A") if LABELS[name] in model.initial.labels
        ]
        speed = _rounded(_grid(block, "speed_kt")[:, 0] * FT_S_PER_KT)
        names = ("time_s", "north_ft", "east_ft", "alt_ft_agl")
        rows = np.stack([_grid(block, name).astype(np.float64) for name in names], -1)
        altitude = rows[:, 0, 3]
        whole_ft = _rounded(altitude)
        layer = base + _FOLDER_FT * np.floor((altitude - base) / _FOLDER_FT)
        text = "%d,%.0f,%.0f,%.0f\n" * rows.shape[1]
        for i, table in enumerate(rows):
            words = [*(f"{name}{places[i]}" for name, places in folders), f"{layer[i]:.0f}ft"]
            name = f"BAYES_t{table[-1, 0]:.0f}_id{first[i]}_alt{whole_ft[i]}_speed{speed[i]}.csv"
            lines = text % tuple(table.ravel().tolist())
            write_text(folder.joinpath(*words, name), "time_s,x_ft,y_ft,z_ft\n" + lines)


def write_samples(folder: Path, drawn: Iterable[Drawn], model: EncounterModel) -> None:
    """Write `initial.txt` and `transition.txt` as `em_sample` of em-model-manned-bayes does.

    A line of the first is a track's number, from 1, and the values of the initial variables (bins of G and
    A); a line of the second a track's number, the second, from 0, and the accelerations and rates that hold
    until the next. Values have six significant digits.
    """
    initial = [NAMES[label] for label in model.initial.labels]
    moved = [NAMES[model.initial.labels[i]] for i, _ in model.moves]
    later = [model.transition.labels[i] for _, i in model.moves]
    with (
        complete_file(folder / "initial.txt") as first,
        complete_file(folder / "transition.txt") as second,
        first.open("w", encoding="utf-8", newline="\n") as of_tracks,
        second.open("w", encoding="utf-8", newline="\n") as of_seconds,
    ):
        of_tracks.write(f"id {_quoted(model.initial.labels)}\n")
        of_seconds.write(f"initial_id t {_quoted(later)}\n")
        for block in drawn:
            track = _grid(block, "track") + 1
            columns = [track[:, 0], *(_grid(block, VALUES[name])[:, 0] for name in initial)]
            of_tracks.write(_lines(columns, "%d" + " %g" * len(initial)))
            columns = [track, _grid(block, "time_s"), *(_grid(block, VALUES[name]) for name in moved)]
            of_seconds.write(_lines([c.ravel() for c in columns], "%d %d" + " %g" * len(moved)))


WRITERS: dict[str, Writer] = dict(
    zip(SAMPLE_FORMATS, (write_parquet, write_tracks_as_waypoints, write_csv, write_samples), strict=True)
)
"""Writer of each format; the first argument is a file or, where the format has no suffix, a folder."""


def _grid(block: Drawn, name: str) -> npt.NDArray[Any]:
    """Return a column of a block, shape (tracks, seconds)."""
    column = block.table[name].to_numpy()
    return np.asarray(column).reshape(block.tracks, -1)


def _rounded(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Round halves up, as MATLAB does numbers that are not negative."""
    return np.floor(values + 0.5).astype(np.int64)


def _quoted(labels: Iterable[str]) -> str:
    return "".join(f'"{label}" ' for label in labels)


def _lines(columns: list[npt.NDArray[Any]], form: str) -> str:
    table = zip(*(c.tolist() for c in columns), strict=True)
    return "".join(f"{form}\n" % row for row in table)
