"""Motion in closed form, against the integration of its differential equations by SciPy."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tracks.simulate.motion import RADIUS_M, height, horizontal, rhumb, stretch, velocity

KT = 1852 / 3600


def integrate(piece, seconds):
    """Latitude and longitude after some seconds, by a Runge-Kutta method of order 8."""
    _, lat, lon, course, speed, acceleration, turn = piece

    def change(t, at):
        run = (speed + acceleration * t) / RADIUS_M
        return [run * math.cos(course + turn * t), run * math.sin(course + turn * t) / math.cos(at[0])]

    return solve_ivp(change, (0, seconds), [lat, lon], method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]


@pytest.mark.parametrize("course_deg", [0, 45, 89.9999, 90, 135, 180, 270, 300])
@pytest.mark.parametrize(("lat_deg", "acceleration"), [(0, 0), (45, 0.2), (-70, 0), (60, -0.05)])
def test_straight_pieces_are_rhumb_lines(course_deg, lat_deg, acceleration):
    piece = np.array([0, math.radians(lat_deg), 1.0, math.radians(course_deg), 120.0, acceleration, 0])
    for seconds in (1.0, 60.0, 1200.0):
        found = horizontal(piece[None], 0, 1, seconds)
        assert np.subtract(found, integrate(piece, seconds)) * RADIUS_M == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize(("lat_deg", "speed_kt", "turn_deg_s"), [(0, 60, 8), (45, 250, -2), (60, 450, 1.1)])
def test_turns_are_circles_within_their_tolerance(lat_deg, speed_kt, turn_deg_s):
    piece = np.array([0, math.radians(lat_deg), -1.0, 2.0, speed_kt * KT, 0, math.radians(turn_deg_s)])
    around = 360 / abs(turn_deg_s)
    for part in (0.1, 0.5, 0.9):
        lat, lon = horizontal(piece[None], 0, 1, part * around)
        true_lat, true_lon = integrate(piece, part * around)
        assert lat == pytest.approx(true_lat, abs=1e-12)
        allowed = 0.005 * speed_kt * KT * part * around
        assert (lon - true_lon) * math.cos(lat) * RADIUS_M == pytest.approx(0, abs=allowed)
    assert horizontal(piece[None], 0, 1, around) == pytest.approx((math.radians(lat_deg), -1.0), abs=1e-12)


def test_turning_and_speeding_up_at_once():
    piece = np.array([0, 0.0, 0.5, 1.0, 40.0, 0.4, 0.03])
    found = horizontal(piece[None], 0, 1, 100.0)
    assert np.subtract(found, integrate(piece, 100.0)) * RADIUS_M == pytest.approx(0, abs=0.01)
    assert velocity(piece[None], 0, 1, 100.0) == pytest.approx((80.0, 4.0))


def test_rhumb_line_is_the_inverse():
    for course_deg, metres in ((10, 5e3), (91, 2e6), (200, 3e5), (350, 4e6)):
        piece = np.array([0, 0.2, 3.1, math.radians(course_deg), 100.0, 0, 0])
        lat, lon = horizontal(piece[None], 0, 1, metres / 100)
        course, length = rhumb(0.2, 3.1, lat, lon - 2 * math.pi)
        assert math.degrees(course) % 360 == pytest.approx(course_deg, abs=1e-8)
        assert length == pytest.approx(metres, abs=0.01)


@pytest.mark.parametrize("lat", [0.0, 0.7, -1.3])
def test_stretch_does_not_depend_on_the_branch(lat):
    narrow, wide = stretch(lat, lat + 0.0039999), stretch(lat, lat + 0.0040001)
    slope = math.tan(lat) / math.cos(lat)  # of the mean of 1/cos, doubled
    assert wide - narrow == pytest.approx(slope * 1e-7, abs=3e-8)


def test_heights_by_the_textbook():
    pieces = np.array([[10.0, 100.0, 0.0, 0.5], [18.0, 116.0, 4.0, 0.0]])
    assert height(pieces, 0, 2, 14.0) == pytest.approx((104.0, 2.0))
    assert height(pieces, 0, 2, 18.0) == pytest.approx((116.0, 4.0))
    assert height(pieces, 0, 2, 20.0) == pytest.approx((124.0, 4.0))
