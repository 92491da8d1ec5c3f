"""The register of the simulated fleet, in the generic form that stage 0 reads."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from data_schemas.config.simulate import SimulateSettings
from data_schemas.files import complete_file
from data_schemas.task import Counts
from tracks.simulate.fleet import addresses, make_fleet, make_world
from tracks.simulate.models import MODELS


def write_registry(path: Path, settings: SimulateSettings) -> Counts:
    """Write icao24, aircraft_type, manufacturer, model and seats of the registered aircraft, as CSV.

    Keep it outside the folder of the hour files, or in a folder below: a CSV file there counts as an hour.

    Returns
    -------
    Counts
        Aircraft of the fleet, those written, and those that left as `unregistered`.
    """
    fleet = make_fleet(settings, make_world(settings))
    models = pl.DataFrame(
        {
            "index": range(len(MODELS)),
            "aircraft_type": [m.aircraft_type for m in MODELS],
            "manufacturer": [m.manufacturer for m in MODELS],
            "model": [m.designator for m in MODELS],
            "seats": [m.seats for m in MODELS],
        }
    )
    rows = (
        pl.DataFrame(
            {
                "icao24": [f"{n:06x}" for n in addresses(settings).tolist()],
                "index": fleet.model,
                "registered": fleet.registered,
            }
        )
        .join(models, on="index", how="left", maintain_order="left")
        .filter("registered")
        .select("icao24", "aircraft_type", "manufacturer", "model", "seats")
        .sort("icao24")
    )
    with complete_file(path) as part:
        rows.write_csv(part)
    gone = settings.aircraft - rows.height
    return Counts(settings.aircraft, rows.height, {"unregistered": gone} if gone else {})
