"""The task list of a simulation, one task an hour, and the work of a task."""

from __future__ import annotations

import functools
from datetime import timedelta
from pathlib import Path

import numpy as np

from data_schemas.config.simulate import SimulateSettings
from data_schemas.errors import InputError
from data_schemas.task import Counts, Task
from tracks.simulate.fleet import Fleet, World, make_fleet, make_world
from tracks.simulate.frame import Words, fleet_words
from tracks.simulate.hour import HOUR_S, hour_name, hour_of, write_hour
from tracks.simulate.models import MODELS, departure_weights
from tracks.simulate.plan import plan_flights


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
        name = hour_name(moment)
        tasks.append(Task(name, (), str(out / f"{name}{settings.form}"), traffic[moment.hour], digest))
    return tasks


def simulate_task(task: Task, *, settings: SimulateSettings) -> Counts:
    """Write one hour file; which process does so, and after which other hours, changes no byte of it.

    Returns
    -------
    Counts
        As of `write_hour`.

    Raises
    ------
    InputError
        The task's id is no hour.
    """
    try:
        moment = hour_of(task.id)
    except ValueError:
        raise InputError(task.id, "not the name of a simulated hour", "see simulate_tasks") from None
    begin = int(moment.timestamp())
    world, fleet, words = _stage(settings)
    chosen = np.arange(settings.aircraft, dtype=np.int64)
    plan = plan_flights(fleet, world, chosen, begin, begin + HOUR_S)
    return write_hour(task.output, moment, plan, words, settings)


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
    return world, fleet, fleet_words(settings, fleet)


def _stage(settings: SimulateSettings) -> tuple[World, Fleet, Words]:
    """World, fleet and texts, kept for the next hour that this process writes."""
    return _stage_of(settings.model_dump_json())
