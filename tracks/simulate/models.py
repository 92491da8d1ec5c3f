"""Models of aircraft that are simulated: how often they occur, how they fly, what a register says of them.

Round figures of what pilots' handbooks and type certificates give, all within the limits of stage 3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracks.units import ft_min_to_ft_s, ft_to_m, kt_to_m_s

CRUISE, LOCAL, ORBIT, THERMAL, DRIFT = range(5)
"""What a flight does: go somewhere and return, wander about home, orbit places of interest, circle in
thermals and glide, drift with the wind."""


class AircraftModel(NamedTuple):
    """One model of aircraft.

    Attributes
    ----------
    designator, manufacturer, aircraft_type, seats
        What the register says.
    weight
        How common it is among its type, any scale.
    habit
        What it does on flights that are not cross-country.
    travels
        Share of cross-country flights.
    cruise_kt, liftoff_kt
        Cruising speed, and speed at lift-off and touchdown.
    climb_ft_min, sink_ft_min
        Usual rates of climb and descent.
    low_ft, high_ft
        Cruising altitudes (cross-country, pressure altitude).
    low_ft_agl, high_ft_agl
        Altitudes of other flights, above the airfield.
    leg_nm
        Median distance of a cross-country leg.
    minutes
        Usual length of other flights.
    hours_a_day
        Mean flight hours a day over the fleet.
    turn_deg_s, bank_deg
        A turn is as fast as the lesser of the two allows.
    peak_h, sharpness
        Local hour of most departures, and how much they crowd around it (0: any hour).
    """

    designator: str
    manufacturer: str
    aircraft_type: str
    seats: int
    weight: float
    habit: int
    travels: float
    cruise_kt: float
    liftoff_kt: float
    climb_ft_min: float
    sink_ft_min: float
    low_ft: float
    high_ft: float
    low_ft_agl: float
    high_ft_agl: float
    leg_nm: float
    minutes: float
    hours_a_day: float
    turn_deg_s: float
    bank_deg: float
    peak_h: float
    sharpness: float


_MULTI, _SINGLE = "FixedWingMultiEngine", "FixedWingSingleEngine"


def _transport(
    name: str,
    maker: str,
    seats: int,
    weight: float,
    speeds: tuple[float, float],
    rates: tuple[float, float],
    levels: tuple[float, float],
    leg_nm: float,
    hours: float,
) -> AircraftModel:
    flight = (2000.0, 6000.0, leg_nm, 40.0, hours, 3.0, 25.0, 14.0, 0.7)
    return AircraftModel(name, maker, _MULTI, seats, weight, LOCAL, 1.0, *speeds, *rates, *levels, *flight)


def _light(
    name: str,
    maker: str,
    seats: int,
    weight: float,
    travels: float,
    speeds: tuple[float, float],
    rates: tuple[float, float],
    levels: tuple[float, float],
    leg_nm: float,
    hours: float,
    kind: str = _SINGLE,
) -> AircraftModel:
    flight = (800.0, 4000.0, leg_nm, 45.0, hours, 3.0, 30.0, 14.0, 2.0)
    return AircraftModel(name, maker, kind, seats, weight, LOCAL, travels, *speeds, *rates, *levels, *flight)


def _helicopter(
    name: str,
    maker: str,
    seats: int,
    weight: float,
    speeds: tuple[float, float],
    rates: tuple[float, float],
    leg_nm: float,
    hours: float,
) -> AircraftModel:
    flight = (1000.0, 4000.0, 300.0, 1500.0, leg_nm, 40.0, hours, 6.0, 25.0, 14.0, 1.0)
    return AircraftModel(name, maker, "Rotorcraft", seats, weight, ORBIT, 0.4, *speeds, *rates, *flight)


MODELS: tuple[AircraftModel, ...] = (
    _transport("A320", "AIRBUS", 180, 16, (450, 140), (2200, 1800), (29000, 39000), 700, 7),
    _transport("B738", "BOEING", 189, 16, (455, 145), (2300, 1900), (29000, 41000), 800, 7),
    _transport("A321", "AIRBUS", 200, 9, (455, 145), (2000, 1800), (29000, 39000), 900, 7),
    _transport("E75L", "EMBRAER", 76, 10, (430, 130), (2400, 1800), (26000, 37000), 450, 6),
    _transport("CRJ9", "BOMBARDIER", 90, 7, (440, 135), (2300, 1800), (26000, 38000), 400, 6),
    _transport("B77W", "BOEING", 396, 4, (490, 150), (1900, 1800), (31000, 41000), 2800, 9),
    _transport("A333", "AIRBUS", 293, 3, (470, 145), (1800, 1700), (31000, 41000), 2200, 9),
    _transport("DH8D", "DE HAVILLAND", 78, 3, (300, 115), (1500, 1300), (16000, 25000), 250, 5),
    _transport("C56X", "CESSNA", 9, 10, (420, 105), (2800, 2000), (33000, 43000), 600, 1.2),
    _transport("GLF6", "GULFSTREAM", 16, 4, (485, 125), (3000, 2200), (41000, 49000), 1500, 1.4),
    _transport("BE20", "BEECH", 9, 8, (255, 95), (1800, 1500), (16000, 28000), 250, 0.9),
    _light("PA34", "PIPER", 6, 6, 0.7, (165, 75), (1000, 700), (5000, 11000), 150, 0.4, _MULTI),
    _light("DA42", "DIAMOND", 4, 4, 0.5, (155, 70), (1000, 700), (4000, 11000), 120, 0.6, _MULTI),
    _light("C172", "CESSNA", 4, 30, 0.35, (110, 55), (650, 500), (3000, 8000), 60, 0.4),
    _light("P28A", "PIPER", 4, 18, 0.35, (115, 60), (650, 500), (3000, 8000), 70, 0.35),
    _light("C182", "CESSNA", 4, 12, 0.5, (135, 60), (850, 600), (4000, 10000), 110, 0.25),
    _light("SR22", "CIRRUS", 4, 12, 0.7, (165, 70), (1100, 700), (5000, 13000), 180, 0.5),
    _light("BE36", "BEECH", 6, 8, 0.7, (160, 70), (1000, 700), (5000, 12000), 170, 0.2),
    _light("C152", "CESSNA", 2, 8, 0.1, (90, 50), (550, 450), (2500, 6000), 40, 0.4),
    _light("PC12", "PILATUS", 9, 5, 0.95, (255, 85), (1500, 1300), (18000, 28000), 300, 1.2),
    _light("C208", "CESSNA", 12, 4, 0.9, (160, 70), (950, 800), (6000, 12000), 120, 1.5),
    _helicopter("R44", "ROBINSON", 4, 30, (100, 5), (900, 700), 30, 0.3),
    _helicopter("AS50", "AIRBUS HELICOPTERS", 6, 20, (120, 5), (1200, 900), 35, 0.7),
    _helicopter("EC35", "AIRBUS HELICOPTERS", 7, 15, (125, 5), (1200, 900), 40, 1.0),
    _helicopter("B407", "BELL", 7, 15, (120, 5), (1200, 900), 40, 0.7),
    _helicopter("A139", "LEONARDO", 15, 6, (145, 5), (1400, 1000), 60, 1.0),
    AircraftModel(
        *("GLID", "SCHLEICHER", "Glider", 2, 1, THERMAL, 0, 60, 40, 500, 350),
        *(0, 0, 1500, 5000, 0, 75, 0.15, 8, 40, 14, 4),
    ),
    AircraftModel(
        *("BALL", "CAMERON", "Balloon", 4, 1, DRIFT, 0, 8, 1, 400, 350),
        *(0, 0, 500, 3000, 0, 50, 0.08, 0.05, 5, 7, 6),
    ),
    AircraftModel(
        *("SHIP", "ZEPPELIN", "BlimpDirigible", 14, 1, ORBIT, 0.2, 38, 5, 500, 450),
        *(1500, 3000, 800, 2000, 30, 90, 0.8, 2, 10, 14, 2),
    ),
    AircraftModel(
        *("GYRO", "AUTOGYRO", "Gyroplane", 2, 1, LOCAL, 0.2, 75, 30, 600, 500),
        *(1500, 3500, 500, 2000, 35, 40, 0.15, 6, 30, 15, 3),
    ),
    AircraftModel(
        *("ULAC", "P AND M", "WeightShiftControl", 2, 1, LOCAL, 0.1, 50, 28, 500, 400),
        *(1500, 3000, 500, 1500, 25, 40, 0.12, 6, 25, 16, 3),
    ),
    AircraftModel(
        *("PARA", "POWRACHUTE", "PoweredParachute", 2, 1, LOCAL, 0, 27, 20, 350, 300),
        *(0, 0, 300, 1000, 0, 30, 0.1, 5, 20, 18, 4),
    ),
    AircraftModel(
        *("A609", "LEONARDO", "Other", 11, 1, LOCAL, 0.8, 250, 15, 1500, 1300),
        *(8000, 25000, 1000, 3000, 200, 40, 0.6, 3, 25, 14, 1),
    ),
)
"""The models of every type of `data_schemas.aircraft.AIRCRAFT_TYPES` but Unknown."""


class Ability(NamedTuple):
    """What the kernels need of one model, in SI units and radians (see `AircraftModel`)."""

    habit: float
    travels: float
    cruise: float
    liftoff: float
    climb: float
    sink: float
    low: float
    high: float
    low_agl: float
    high_agl: float
    leg: float
    duration: float
    turn: float
    bank: float


def abilities() -> NDArray[np.float64]:
    """Return the abilities of all models, one row a model, columns as the fields of `Ability`."""
    rows = [
        Ability(
            m.habit,
            m.travels,
            kt_to_m_s(m.cruise_kt),
            kt_to_m_s(m.liftoff_kt),
            ft_to_m(ft_min_to_ft_s(m.climb_ft_min)),
            ft_to_m(ft_min_to_ft_s(m.sink_ft_min)),
            ft_to_m(m.low_ft),
            ft_to_m(m.high_ft),
            ft_to_m(m.low_ft_agl),
            ft_to_m(m.high_ft_agl),
            m.leg_nm * 1852.0,
            m.minutes * 60.0,
            float(np.radians(m.turn_deg_s)),
            float(np.radians(m.bank_deg)),
        )
        for m in MODELS
    ]
    return np.array(rows, dtype=np.float64)


def departure_weights() -> NDArray[np.float64]:
    """Return how many flights of each model depart in each local hour, any scale: models × 24."""
    hours = np.arange(24) + 0.5
    peak = np.array([m.peak_h for m in MODELS])[:, None]
    sharpness = np.array([m.sharpness for m in MODELS])[:, None]
    crowd: NDArray[np.float64] = (0.5 + 0.5 * np.cos(2 * np.pi * (hours - peak) / 24)) ** sharpness
    return crowd + 0.03
