"""Folders of a small run, from raw hours to the archive."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.config import ArchiveSettings, LeafSettings, OrganizeSettings, RegistrySettings
from data_schemas.tables.registry import REGISTRY
from tracks.archive import archive_task, archive_tasks
from tracks.leaves import LeafIndex
from tracks.organize import hour_files, organize_task, organize_tasks

NOON = 1633608000
SWISS = "2021/FixedWingMultiEngine/Seats_150_200/000000_FFFFFF"
GLIDER = "2021/Glider/Seats_1_10/000000_FFFFFF"
UNKNOWN = "2021/Unknown/Seats_NaN_NaN/000000_FFFFFF"
SETTINGS = ArchiveSettings(row_group_rows=1000)


def register(path, aircraft):
    rows = [
        dict.fromkeys(REGISTRY.names) | {"icao24": a, "aircraft_type": t, "seats": s, "source": "TEST"}
        for a, t, s in aircraft
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=REGISTRY.schema()), path)
    return LeafIndex.load(path, RegistrySettings(leaves=LeafSettings(unknown_leaves=1)))


class World:
    """Folders of raw and organized hours and an archive, as a run has them."""

    def __init__(self, folder):
        self.raw, self.organized, self.archive = folder / "raw", folder / "organized", folder / "archive"
        self.raw.mkdir(parents=True)
        aircraft = [("4B1805", "FixedWingMultiEngine", 180), ("A00001", "Glider", 1)]
        self.leaves = register(folder / "registry.parquet", aircraft)

    def write(self, hour, rows):
        """Write a raw hour: rows of (address, second of the hour, call sign)."""
        lines = [
            f"{NOON + 3600 * hour + second},{icao24},47.5,{8 + second % 60 / 100},304.8,{callsign}"
            for icao24, second, callsign in rows
        ]
        text = "\n".join(["time,icao24,lat,lon,baroaltitude,callsign", *lines])
        (self.raw / f"hour{hour:02d}.csv").write_text(text)

    def organize(self):
        for task in organize_tasks(hour_files([self.raw]), self.organized, ""):
            organize_task(task, settings=OrganizeSettings(row_group_rows=1000), leaves=self.leaves)

    def run(self):
        """Archive everything; return the counts by leaf."""
        self.organize()
        tasks = archive_tasks(self.organized, self.archive, "")
        return {task.id: archive_task(task, settings=SETTINGS) for task in tasks}

    def forget(self, hour):
        """Remove an hour from the disk."""
        for file in (self.raw / f"hour{hour:02d}.csv", self.organized / f"hour{hour:02d}.parquet"):
            file.unlink()

    def file(self, leaf):
        return self.archive / f"{leaf}.parquet"

    def hours(self, leaf):
        return json.loads(pq.read_metadata(self.file(leaf)).metadata[b"trackmill.hours"])

    def rows(self, leaf):
        """Return (address, time, call sign or a text that sorts last) of a leaf's rows, in their order."""
        if not self.file(leaf).exists():
            return []
        table = pq.read_table(self.file(leaf))
        columns = [table[name].to_pylist() for name in ("icao24", "time_s", "callsign")]
        return [(icao24, time, name or "~") for icao24, time, name in zip(*columns, strict=True)]

    def contents(self):
        return {
            p.relative_to(self.archive).as_posix(): p.read_bytes() for p in self.archive.rglob("*.parquet")
        }


HOURS = {
    0: [("4b1805", 30, "SWR1"), ("4b1805", 10, "SWR1"), ("a00001", 5, ""), ("ffffff", 1, "X")],
    1: [("4b1805", 0, "SWR2"), ("000001", 7, "")],
    2: [("a00001", 9, "G"), ("4b1805", -7190, "AAA")],  # the second of a row of hour 0
}
