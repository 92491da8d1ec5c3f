"""The list of queries: every box in every hour of the local daytime, in random order, in groups."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data_schemas.config.query import QuerySettings
from data_schemas.errors import InputError
from data_schemas.tables.queries import QUERIES
from tracks.aerodromes.boxes import Boxes
from tracks.aerodromes.circles import Floats

_HOUR_S = 3600


def query_list(
    boxes: Boxes, ground_ft: tuple[Floats, Floats], days: Sequence[date], settings: QuerySettings
) -> pl.DataFrame:
    """Return one row of `QUERIES` for each box and each hour of the local daytime of each day.

    The local time of a box is zone time, as published: whole hours, 15° of longitude each, so that an hour of
    it is an hour of the database (its partition). The order is random and depends on the seed and the number
    of queries alone; groups are cut from it, so that they hold comparable work.

    Parameters
    ----------
    boxes
        What is asked for.
    ground_ft
        Lowest and highest terrain of each box, ft MSL.
    days
        Local days.

    Raises
    ------
    InputError
        A box has no altitude between its floor and its ceiling.
    """
    floor_ft = ground_ft[0] + settings.bottom_ft_agl
    ceiling_ft = np.minimum(ground_ft[1] + settings.top_ft_agl, settings.max_top_ft_msl)
    _refuse_flat(boxes, floor_ft, ceiling_ft)
    midnight_s = np.array([calendar.timegm(day.timetuple()) for day in days], np.int64)
    hours = np.arange(*settings.hours_local, dtype=np.int64)
    local_s = (midnight_s[:, None] + hours * _HOUR_S).ravel()
    start_s = (local_s[:, None] - zone_hours(boxes.edges_deg) * _HOUR_S).ravel()
    box = np.tile(np.arange(len(boxes)), local_s.size)
    order = _shuffled(box.size, settings.seed)
    box, start_s = box[order], start_s[order]
    number = np.arange(box.size)
    names = pl.Series([" ".join(names) for names in boxes.aerodromes], dtype=pl.String)
    west, south, east, north = boxes.edges_deg[box].T
    columns = {
        "group": number // settings.queries_per_group + 1,
        "query": number + 1,
        "box": box + 1,
        "west_deg": west,
        "south_deg": south,
        "east_deg": east,
        "north_deg": north,
        "floor_ft_msl": floor_ft[box],
        "ceiling_ft_msl": ceiling_ft[box],
        "start_s": start_s,
        "stop_s": start_s + _HOUR_S,
        "aerodromes": names.gather(box),
    }
    whole = [pl.col("group", "query", "box").cast(pl.Int32)]
    return pl.DataFrame(columns).with_columns(whole).select(QUERIES.names)


def zone_hours(edges_deg: Floats) -> NDArray[np.int64]:
    """Return how far the zone time at the middle of boxes is ahead of UTC, whole hours: nautical time zones.

    The released code takes MATLAB's zone description, which is counted the other way, for this offset: its
    published example asks for Atlanta from 17 h of the day before to 11 h, zone time, instead of 5 to 23 h.
    """
    middle_deg = (edges_deg[:, 0] + edges_deg[:, 2]) / 2
    return np.asarray(np.floor(middle_deg / 15 + 0.5), np.int64)


def _shuffled(count: int, seed: int) -> NDArray[np.int64]:
    """Return the numbers below a count in random order, the same in every version of NumPy.

    NumPy promises that the raw numbers of a bit generator stay the same, not what it makes of them.
    """
    return np.argsort(np.random.PCG64(seed).random_raw(count), kind="stable")


def _refuse_flat(boxes: Boxes, floor_ft: Floats, ceiling_ft: Floats) -> None:
    flat = np.flatnonzero(ceiling_ft <= floor_ft)
    if flat.size:
        names = " ".join(boxes.aerodromes[flat[0]][:3])
        problem = f"leaves nothing above the ground about {names} (floor {floor_ft[flat[0]]:.0f} ft MSL)"
        raise InputError("query.max_top_ft_msl", problem, "raise it, or leave the aerodromes out")
