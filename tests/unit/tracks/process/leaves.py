"""Leaves for the tests: random ones with every defect, as rows of the reference and as arrays."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from tracks.process.dynamics import COLUMNS
from tracks.process.leaf import clean_leaf
from tracks.process.observations import LeafObservations

NAN = float("nan")


def number(value):
    return NAN if value is None else value


def leaf(aircraft):
    """Arrays of aircraft given as lists of rows {time, lat, lon, baro, geo, speed, squawk, ...}."""
    rows = [row for one in aircraft for row in one]

    def floats(name):
        return np.array([number(row[name]) for row in rows], float)

    return LeafObservations(
        pa.array([f"A{k:05X}" for k in range(len(aircraft))], pa.string()),
        np.cumsum([0, *map(len, aircraft)]),
        *map(floats, ("time", "lat", "lon", "baro", "geo", "speed")),
        np.array([row["onground"] for row in rows], bool),
        np.array([-1 if row["squawk"] is None else row["squawk"] for row in rows], np.int16),
        floats("lastcontact"),
    )


def clean_whole(observations, settings, aircraft_type, seconds_at_once=1 << 17):
    """What became of the rows, and all seconds in one: pieces are put together again."""
    cleaned = clean_leaf(observations, settings, aircraft_type)
    pieces = list(cleaned.tracks(seconds_at_once=seconds_at_once))
    aircraft, number, offsets = [], [], [0]
    values = np.hstack([np.empty((12, 0)), *(piece.values for piece in pieces)])
    for piece in pieces:
        for s in range(piece.number.size):
            begin, end = piece.offsets[s : s + 2]
            assert begin < end
            if (piece.aircraft[s], piece.number[s]) == (*aircraft[-1:], *number[-1:]):
                assert s == 0
                offsets[-1] += end - begin
            else:
                aircraft.append(piece.aircraft[s])
                number.append(piece.number[s])
                offsets.append(offsets[-1] + end - begin)
            first = values[:2, offsets[-2]]
            assert piece.origin_deg[:, s].tolist() == first.tolist()
    return SimpleNamespace(
        reason=cleaned.reason,
        made=cleaned.made,
        counts=cleaned.counts,
        pieces=len(pieces),
        aircraft=np.array(aircraft),
        number=np.array(number),
        offsets=np.array(offsets),
        second_s=np.concatenate([np.empty(0, int), *(piece.second_s for piece in pieces)]),
        onground=np.concatenate([np.empty(0, bool), *(piece.onground for piece in pieces)]),
        squawk=np.concatenate([np.empty(0, int), *(piece.squawk for piece in pieces)]),
        values=values,
        column=lambda name: values[COLUMNS.index(name)],
    )


def row(time, lat, lon, baro=1000.0, geo=1100.0, speed=100.0, squawk=1200, lastcontact=None, onground=False):
    return {
        "time": time,
        "lat": lat,
        "lon": lon,
        "baro": baro,
        "geo": geo,
        "speed": speed,
        "squawk": squawk,
        "lastcontact": lastcontact,
        "onground": onground,
    }


def straight(n, start=1_600_000_000.0, step=1.0, lat=40.0, lon=-100.0, **more):
    """Rows due north-east at about 15 kt, level: slow enough for the ends, where smoothing is lopsided."""
    return [
        row(
            start + k * step,
            lat + k * step * 5e-5,
            lon + k * step * 6e-5,
            lastcontact=start + k * step,
            **more,
        )
        for k in range(n)
    ]


def random_aircraft(r, n=120, fractional=False, whole_gaps=True):
    """One aircraft that meets every branch: gaps, spikes, repeats, missing values, reversals."""
    steps = r.choice(
        [1, 1, 1, 2, 5, 10, 20, 21, 40], n, p=[0.5, 0.2, 0.1, 0.05, 0.05, 0.04, 0.02, 0.02, 0.02]
    )
    time = 1_577_836_900.0 + np.cumsum(steps * (r.random() < 0.9)) + np.arange(n) * (not whole_gaps)
    time += np.arange(n) if (np.diff(time) == 0).all() else 0
    if fractional:
        time += np.round(r.random(n), 3)
        time.sort()
    course = np.radians(r.uniform(0, 360) + np.cumsum(r.normal(0, 1 + 4 * (r.random() < 0.3), n)))
    dt = np.diff(time, prepend=time[0] - 1)
    speed = r.choice([60.0, 120, 240, 590]) + np.cumsum(r.normal(0, 1, n))
    lat = r.choice([40.0, -33.0, 0.0, 78.0]) + np.cumsum(speed * np.cos(course) * dt) / 3600 / 60
    turn = np.cumsum(speed * np.sin(course) * dt / np.cos(np.radians(lat))) / 3600 / 60
    lon = (r.choice([-100.0, 179.99, -179.99, 0.0]) + turn + 180) % 360 - 180
    climb = np.repeat(r.choice([0, 0, 20, -20, 30, 120], n // 10 + 1), 10)[:n]
    baro = np.round((r.choice([900.0, 5000, 17500, 30000]) + np.cumsum(climb * dt)) / 25) * 25
    geo = np.round(baro + 150 + r.normal(0, 10, n))
    rows = []
    for k in range(n):
        contact = time[k] - 0.25
        rows.append(
            row(float(time[k]), float(lat[k]), float(lon[k]), float(baro[k]), float(geo[k]), float(speed[k]))
        )
        rows[-1].update(squawk=int(r.choice([1200, 1200, 1200, 7000])), lastcontact=float(contact))
        rows[-1]["onground"] = bool(r.random() < 0.1)
    for k in range(1, n):
        other = rows[int(r.integers(0, k))]
        for chance, change in (
            (0.03, {"squawk": None}),
            (0.03, {"lastcontact": rows[k - 1]["lastcontact"]}),
            (0.02, {"lastcontact": other["lastcontact"]}),
            (0.02, {"lastcontact": None}),
            (0.03, {"time": rows[k - 1]["time"]}),
            (0.02, {"lat": other["lat"], "lon": other["lon"]}),
            (0.02, {"baro": None}),
            (0.02, {"geo": None}),
            (0.04, {"speed": None}),
            (0.02, {"baro": 0.0}),
            (0.01, {"geo": -116.0}),
            (0.01, {"baro": 99_000.0}),
            (0.02, {"baro": rows[k]["baro"] and rows[k]["baro"] + 700}),
            (0.02, {"geo": rows[k]["geo"] and rows[k]["geo"] - 900}),
            (0.01, {"lat": rows[k]["lat"] + 0.01}),
        ):
            if r.random() < chance:
                rows[k].update(change)
    if r.random() < 0.3:  # a receiver that knows no geometric altitude or no speed for a while
        a = int(r.integers(0, n))
        for k in range(a, min(n, a + 40)):
            rows[k].update({"geo": None, "speed": None})
    return sorted(rows, key=lambda x: x["time"])
