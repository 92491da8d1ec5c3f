"""The task list of a simulation, one task an hour, and the work of a task."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from data_schemas.config.simulate import SimulateSettings
from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.raw import RAW_COLUMNS
from data_schemas.task import Counts, Task
from tracks.simulate.containers import hour_sink
from tracks.simulate.fleet import Fleet, World, make_fleet, make_world
from tracks.simulate.frame import Words, to_frame
from tracks.simulate.models import MODELS, departure_weights
from tracks.simulate.plan import plan_flights
from tracks.simulate.reception import make_reception
from tracks.simulate.reports import COUNTED, report

_PREFIX = "states_"
_HOUR_S = 3600
_CHUNK_ROWS = 65_536
"""Rows held at a time, about; a constant, since the row groups of Parquet follow it."""


def simulate_tasks(out: Path, settings: SimulateSettings) -> list[Task]:
    """Return one task an hour: its id is the hour's name (states_2021-10-04-12), its output the hour file.

    A task is stale if any setting changed but `start` and `hours`: more hours leave those at hand as they
    are. The cost is the traffic usual at that time of the day in the middle of the region.

    Parameters
    ----------
    out
        Folder of the hour files.
    settings
        What is simulated.
    """
    digest = settings.fleet_digest()
    traffic = _usual_traffic(settings)
    tasks = []
    for index in range(settings.hours):
        moment = settings.first_hour + timedelta(hours=index)
        name = f"{_PREFIX}{moment:%Y-%m-%d-%H}"
        tasks.append(Task(name, (), str(out / f"{name}{settings.form}"), traffic[moment.hour], digest))
    return tasks


def simulate_task(task: Task, *, settings: SimulateSettings) -> Counts:
    """Write one hour file; which process does so, and after which other hours, changes no byte of it.

    Returns
    -------
    Counts
        rows_in: state vectors due, and duplicates; left: `coverage_gap`, due but nothing was heard of the
        aircraft for `stale_s`; made: rows written, by what is special about them
        (`tracks.simulate.reports.COUNTED`), duplicates not counted again.

    Raises
    ------
    InputError
        The task's id is no hour.
    """
    try:
        moment = datetime.strptime(task.id, f"{_PREFIX}%Y-%m-%d-%H").replace(tzinfo=UTC)
    except ValueError:
        raise InputError(task.id, "not the name of a simulated hour", "see simulate_tasks") from None
    begin = int(moment.timestamp())
    world, fleet, words = _stage(settings)
    chosen = np.arange(settings.aircraft, dtype=np.int64)
    plan = plan_flights(fleet, world, chosen, begin, begin + _HOUR_S)
    reception = make_reception(settings)
    counts = np.zeros(len(COUNTED), dtype=np.int64)
    times = np.arange(begin, begin + _HOUR_S, settings.report_interval_s, dtype=np.int64)
    flights = max(1, len(plan.flights))
    step = max(1, _CHUNK_ROWS // flights)
    room = np.empty((flights * step, len(RAW_COLUMNS)))
    written = 0
    with (
        complete_file(task.output) as part,
        hour_sink(part, settings.form, task.id, begin, settings.gzip_level) as sink,
    ):
        for first in range(0, len(times), step):
            rows = report(*plan, reception, times[first : first + step], room, counts)
            sink.write(to_frame(rows, words, flags_as_text=settings.form != ".parquet"))
            written += len(rows)
    return _sum_up(dict(zip(COUNTED, counts.tolist(), strict=True)), written)


def _usual_traffic(settings: SimulateSettings) -> list[float]:
    """Traffic by hour UTC, any scale: flights that depart in it or departed in the two hours before."""
    west, _, east, _ = settings.region_box_deg
    middle = west + (east - west) % 360.0 / 2 if east < west else (west + east) / 2
    hours = np.array([m.hours_a_day * settings.type_shares.get(m.aircraft_type, 0.0) for m in MODELS])
    local = (hours + 1e-9) @ departure_weights()
    utc = np.roll(local, -round(middle / 15.0))
    return [float(n) for n in utc + np.roll(utc, 1) + np.roll(utc, 2)]


@functools.lru_cache(maxsize=1)
def _stage_of(settings_json: str) -> tuple[World, Fleet, Words]:
    settings = SimulateSettings.model_validate_json(settings_json)
    world = make_world(settings)
    fleet = make_fleet(settings, world)
    return world, fleet, Words(settings, fleet)


def _stage(settings: SimulateSettings) -> tuple[World, Fleet, Words]:
    """World, fleet and texts, kept for the next hour that this process writes."""
    return _stage_of(settings.model_dump_json())


def _sum_up(found: dict[str, int], written: int) -> Counts:
    rows_in = found.pop("due") + found["duplicate_row"]
    left = {"coverage_gap": found.pop("coverage_gap")}
    return Counts(rows_in, written, {k: v for k, v in left.items() if v}, found)
