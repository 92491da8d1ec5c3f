"""State vectors as receivers hear them: late, rounded, stale, with gaps and faults, each fault counted."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tracks.simulate.cpr import decode, encode
from tracks.simulate.motion import RADIUS_M, height, horizontal, velocity
from tracks.simulate.philox import ROW, uniforms
from tracks.simulate.plan import (
    AIRCRAFT,
    CODE,
    GEO_FACTOR,
    GEO_OFFSET,
    LATERAL_FROM,
    LATERAL_TO,
    LEG,
    LIFT,
    OFF,
    ON,
    TOUCH,
    VERTICAL_FROM,
    VERTICAL_TO,
)
from tracks.simulate.reception import forget, last_contact, last_position, position_error

TIME, ICAO24, POSITION_LAT, POSITION_LON, VELOCITY, HEADING, VERTRATE, CALLSIGN = range(8)
ONGROUND, ALERT, SPI, SQUAWK, BAROALTITUDE, GEOALTITUDE, LASTPOSUPDATE, LASTCONTACT = range(8, 16)

COUNTED = (
    "due",
    "coverage_gap",
    "duplicate_row",
    "bad_address",
    "stale_position",
    "missing_position",
    "missing_squawk",
    "missing_callsign",
    "missing_velocity",
    "missing_baroaltitude",
    "missing_geoaltitude",
    "outlier_altitude",
    "outlier_position",
    "onground",
)
"""What is counted: state vectors due (every aircraft that is on, at every time), those that no message of the
last `stale_s` supports, and rows written by what is special about them. `stale_position` is a position
more than twice `contact_age_s` older than its row; on the ground no altitude is known, which counts as
`onground` alone."""
(
    _DUE,
    _GAP_ROW,
    _DUPLICATE,
    _BAD_ADDRESS,
    _STALE,
    _NO_POSITION,
    _NO_SQUAWK,
    _NO_CALLSIGN,
    _NO_VELOCITY,
    _NO_BARO,
    _NO_GEO,
    _WRONG_ALTITUDE,
    _WRONG_POSITION,
    _ONGROUND,
) = range(len(COUNTED))

_FOOT = 0.3048
_KT = 1852 / 3600
_ALERT_SHARE, _SPI_SHARE = 0.0005, 0.0003
"""Shares of rows with these flags."""
BAD_ADDRESSES = 4
"""Kinds of bad address (`tracks.simulate.frame`)."""


@njit(cache=True)
def report(flights, lateral, vertical, reception, times, room, counts):  # type: ignore[no-untyped-def]
    """Return the state vectors of all flights at some times, in time order, at a time by aircraft.

    Parameters
    ----------
    flights, lateral, vertical
        A `tracks.simulate.plan.Plan`.
    reception
        How reports differ from the truth (`tracks.simulate.reception`).
    times
        POSIX seconds, whole, rising.
    room
        Working space: a row of `RAW_COLUMNS` for each flight and time.
    counts
        Whole numbers in the order of `COUNTED`, added to.

    Returns
    -------
    array
        State vectors, one a row, columns as published, SI units, NaN where missing; duplicates behind the
        others of their time. icao24 is the index of the aircraft (-1, -2, ... stand for addresses that are
        none), callsign is 2 × aircraft + leg, squawk its octal digits read as octal.
    """
    # Flight after flight, since the pieces of one fit the nearest cache and those of all do not.
    slots = np.empty(len(room), dtype=np.int64)
    ends = np.zeros(2 * len(times) + 1, dtype=np.int64)
    losses = np.empty((2, 7))
    row = 0
    for index in range(flights.shape[0]):
        flight = flights[index]
        forget(losses)
        for slot in range(len(times)):
            time = times[slot]
            if not flight[ON] <= time <= flight[OFF] + reception.stale:
                continue
            copies = _report_one(flight, lateral, vertical, reception, losses, time, room[row], counts)
            if copies > 0:
                ends[2 * slot + 1] += 1
                ends[2 * slot + 2] += copies - 1
                slots[row] = 2 * slot + (copies - 1)
                row += 1
    for slot in range(1, len(ends)):
        ends[slot] += ends[slot - 1]
    return _in_time_order(room, slots, row, ends)


@njit(cache=True)
def _in_time_order(room, slots, count, ends):  # type: ignore[no-untyped-def]
    """Return rows sorted by slot, stably: even slots hold the rows of a time, odd ones its duplicates.

    A row's slot is odd where it goes into both; `ends` holds where each slot begins, and is used up.
    """
    rows = np.empty((ends[-1], room.shape[1]))
    for source in range(count):
        first = slots[source] & ~1
        for slot in range(first, slots[source] + 1):
            for column in range(room.shape[1]):
                rows[ends[slot], column] = room[source, column]
            ends[slot] += 1
    return rows


@njit(cache=True)
def _report_one(flight, lateral, vertical, reception, losses, time, row, counts):  # type: ignore[no-untyped-def]
    """Write the state vector of a flight at a time; return how often it is reported (0, 1 or 2 times)."""
    aircraft = int(flight[AIRCRAFT])
    u = uniforms(reception.key, ROW, aircraft, time, 0)
    contact = last_contact(reception, aircraft, losses, min(time - u[0] * reception.age, flight[OFF]))
    heard = contact >= flight[ON] and time - contact <= reception.stale
    counts[_DUE] += heard or time <= flight[OFF]
    if not heard:
        counts[_GAP_ROW] += time <= flight[OFF]
        return 0
    position = last_position(reception, aircraft, losses, contact)
    known = position >= flight[ON] and time - position <= reception.stale
    row[TIME], row[LASTCONTACT] = time, contact
    row[LASTPOSUPDATE] = position if known else np.nan
    counts[_STALE] += known and time - position > 2 * reception.age
    v = uniforms(reception.key, ROW, aircraft, time, 1)
    w = uniforms(reception.key, ROW, aircraft, time, 2)
    _write_names(flight, reception, u, v, row, counts)
    _write_velocity(flight, lateral, vertical, reception, contact, v[1], row, counts)
    _write_position(flight, lateral, reception, position, known, w, row, counts)
    _write_heights(flight, vertical, reception, position if known else contact, v, w, row, counts)
    repeated = w[3] < reception.duplicate
    counts[_DUPLICATE] += repeated
    return 2 if repeated else 1


@njit(cache=True)
def _write_names(flight, reception, u, v, row, counts):  # type: ignore[no-untyped-def]
    row[ICAO24] = flight[AIRCRAFT]
    if u[1] < reception.bad_address:
        row[ICAO24] = -1 - math.floor(u[1] / reception.bad_address * BAD_ADDRESSES)
        counts[_BAD_ADDRESS] += 1
    row[CALLSIGN] = 2 * flight[AIRCRAFT] + flight[LEG]
    if u[2] < reception.no_callsign:
        row[CALLSIGN] = np.nan
        counts[_NO_CALLSIGN] += 1
    row[SQUAWK] = flight[CODE]
    if u[3] < reception.no_squawk:
        row[SQUAWK] = np.nan
    counts[_NO_SQUAWK] += math.isnan(row[SQUAWK])
    row[ALERT], row[SPI] = v[0] < _ALERT_SHARE, v[0] > 1 - _SPI_SHARE


@njit(cache=True)
def _write_velocity(flight, lateral, vertical, reception, contact, u, row, counts):  # type: ignore[no-untyped-def]
    """Write speed and course from whole knots east and north, vertical rate in steps of 64 ft/min.

    Both exact where nothing is rounded.
    """
    ground = not flight[LIFT] <= contact < flight[TOUCH]
    row[ONGROUND] = ground
    counts[_ONGROUND] += ground
    row[VELOCITY], row[HEADING], row[VERTRATE] = np.nan, np.nan, np.nan
    if u < reception.no_velocity:
        counts[_NO_VELOCITY] += 1
        return
    speed, course = velocity(lateral, int(flight[LATERAL_FROM]), int(flight[LATERAL_TO]), contact)
    east, north = speed * math.sin(course) / _KT, speed * math.cos(course) / _KT
    if reception.rounded:
        east, north = np.rint(east), np.rint(north)
    row[VELOCITY] = math.sqrt(east * east + north * north) * _KT
    row[HEADING] = math.degrees(math.atan2(east + 0.0, north + 0.0)) % 360.0
    if not ground:
        _, climb = height(vertical, int(flight[VERTICAL_FROM]), int(flight[VERTICAL_TO]), contact)
        # 64 ft/min = 0.32512 m/s, divided last so that the decimal digits are exact.
        steps = np.rint(climb / _FOOT * 60 / 64)
        row[VERTRATE] = (steps * 32512 + 0.0) / 100000 if reception.rounded else climb


@njit(cache=True)
def _write_position(flight, lateral, reception, time, known, w, row, counts):  # type: ignore[no-untyped-def]
    """Write the position as its message carried it, even and odd by turns of half a second.

    Exact but for the receiver's error where nothing is rounded.
    """
    row[POSITION_LAT], row[POSITION_LON] = np.nan, np.nan
    if not known:
        counts[_NO_POSITION] += 1
        return
    lat, lon = horizontal(lateral, int(flight[LATERAL_FROM]), int(flight[LATERAL_TO]), time)
    if reception.noise > 0.0:
        north, east = position_error(reception, int(flight[AIRCRAFT]), time)
        lon += east / (RADIUS_M * math.cos(lat))
        lat += north / RADIUS_M
    lat, lon = math.degrees(lat), math.degrees(lon)
    shift = 0.0
    if w[0] < reception.wrong_position:
        shift = -6.0 if lat > 0 else 6.0
        counts[_WRONG_POSITION] += 1
    if not reception.rounded:
        row[POSITION_LAT], row[POSITION_LON] = lat + shift, lon - 360.0 * math.floor((lon + 180.0) / 360.0)
        return
    odd = (math.floor(2 * time) + int(flight[AIRCRAFT])) % 2
    upward, across = encode(lat, lon, odd)
    row[POSITION_LAT], row[POSITION_LON] = decode(upward, across, odd, lat + shift, lon)


@njit(cache=True)
def _write_heights(flight, vertical, reception, time, v, w, row, counts):  # type: ignore[no-untyped-def]
    """Write both altitudes, rounded to 25 ft (7.62 m); on the ground there are none."""
    row[BAROALTITUDE], row[GEOALTITUDE] = np.nan, np.nan
    if row[ONGROUND]:
        return
    metres, _ = height(vertical, int(flight[VERTICAL_FROM]), int(flight[VERTICAL_TO]), time)
    if v[2] < reception.no_baro:
        counts[_NO_BARO] += 1
    else:
        off = 0.0
        if w[1] < reception.wrong_altitude:
            off = (80 + math.floor(1120 * (2 * w[2] % 1.0))) * (1 if w[2] < 0.5 else -1)
            counts[_WRONG_ALTITUDE] += 1
        row[BAROALTITUDE] = _reported(metres, off, reception.rounded)
    if v[3] >= reception.no_geo:
        metres = metres * flight[GEO_FACTOR] + flight[GEO_OFFSET]
        row[GEOALTITUDE] = _reported(metres, 0.0, reception.rounded)
    counts[_NO_GEO] += math.isnan(row[GEOALTITUDE])


@njit(cache=True)
def _reported(metres, off, rounded):  # type: ignore[no-untyped-def]
    """Return an altitude as reported, off by steps of 25 ft; divided last: its digits are exact."""
    steps = np.rint(metres / (25 * _FOOT)) if rounded else metres / 7.62
    return ((steps + off) * 762 + 0.0) / 100
