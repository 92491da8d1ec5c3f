"""The geometry of encounters: by hand, shapely's distances, straight tracks whatever they are."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tracks.encounters.flights import Flights, straight, through
from tracks.encounters.place import Geometry, closest, place, relative_motion, swept

NM_FT = 1852 / 0.3048
KT = NM_FT / 3600  # ft/s


def geometry(heading, hmd, vmd, side=1.0):
    return Geometry(*(np.array([float(value)]) for value in (heading, side, hmd, vmd)))


def path(flights):
    return np.stack([flights.motion[name][0] for name in ("north_ft", "east_ft", "alt_ft_agl")], axis=1)


def wandering(seed, seconds):
    """A flight through a random walk of velocity."""
    generator = np.random.default_rng(seed)
    velocity = np.cumsum(generator.normal(0, [20, 20, 3], (seconds, 3)), axis=0)
    return through(np.cumsum(velocity + np.array([150, 0, 0]), axis=0))


def test_crossing_by_hand():
    # Ownship north, the intruder east, both at 100 kt: relative to ownship it flies to the south-east, and
    # right of that is the south-west: at 1000 ft, 707.1 ft to the south and to the west.
    own, intruder = straight(100, 2000, 0, 41), straight(100, 5000, 60, 41)
    placed = place(own, intruder, 30, geometry(90, 1000, -300))
    there = path(placed)[30] - path(own)[30]
    assert there == pytest.approx([-1000 / np.sqrt(2), -1000 / np.sqrt(2), -300])
    assert path(placed)[31] - path(placed)[30] == pytest.approx([0, 100 * KT, 1])
    assert placed.motion["heading_deg"][0, 30] == pytest.approx(90)
    assert [float(value[0]) for value in closest(own, placed)] == pytest.approx([30, 1000, -300])
    # and left of it the north-east
    placed = place(own, intruder, 30, geometry(90, 1000, -300, side=-1))
    assert (path(placed)[30] - path(own)[30])[:2] == pytest.approx([1000 / np.sqrt(2), 1000 / np.sqrt(2)])


@given(
    own=st.tuples(st.floats(1, 600), st.floats(0, 20_000), st.floats(-6000, 6000)),
    intruder=st.tuples(st.floats(1, 600), st.floats(0, 20_000), st.floats(-6000, 6000)),
    heading=st.floats(0, 360, exclude_max=True),
    miss=st.tuples(st.floats(0, 20_000), st.floats(-5000, 5000), st.sampled_from([-1.0, 1.0])),
    second=st.integers(1, 59),
)
def test_straight_tracks_pass_at_the_miss_distances_asked_for(own, intruder, heading, miss, second):
    own, intruder = straight(*own, 61), straight(*intruder, 61)
    asked = geometry(heading, *miss)
    if np.hypot(*relative_motion(own, intruder, second, np.array([heading]))) < 1:
        return  # they fly side by side
    placed = place(own, intruder, second, asked)
    apart = path(placed) - path(own)
    # shapely's distance of ownship from the intruder's relative way is the outside witness
    assert shapely.LineString(apart[:, :2]).distance(shapely.Point(0, 0)) == pytest.approx(miss[0], abs=1e-6)
    time, horizontal, _ = (float(value[0]) for value in closest(own, placed))
    assert horizontal == pytest.approx(miss[0], abs=1e-6)
    assert np.hypot(*apart[second, :2]) == pytest.approx(miss[0], abs=1e-6)
    assert apart[second, 2] == pytest.approx(miss[1], abs=1e-6)
    if miss[0] > 1:  # the time is sharp where the ways differ
        assert time == pytest.approx(second, abs=0.05)


@pytest.mark.parametrize("seed", range(20))
def test_closest_approach_of_wandering_tracks_is_shapelys(seed):
    own, intruder = wandering(seed, 50), wandering(100 + seed, 50)
    placed = place(own, intruder, 25, geometry(seed * 18, 300 * seed, 100))
    apart = path(placed) - path(own)
    way = shapely.LineString(apart[:, :2])
    time, horizontal, vertical = (float(value[0]) for value in closest(own, placed))
    assert horizontal == pytest.approx(way.distance(shapely.Point(0, 0)), abs=1e-9)
    level = [np.interp(time, range(50), apart[:, k]) for k in range(3)]
    assert np.hypot(*level[:2]) == pytest.approx(horizontal, abs=1e-9)
    assert vertical == pytest.approx(level[2], abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_placed_track_has_the_shape_it_was_drawn_with(seed):
    own, intruder = wandering(seed, 30), wandering(50 + seed, 30)
    placed = place(own, intruder, 20, geometry(77, 500, 50))
    for name in ("speed_kt", "dv_kt_s", "dh_ft_min", "dpsi_deg_s"):
        assert np.array_equal(placed.motion[name], intruder.motion[name])
    steps = [np.diff(path(flights), axis=0) for flights in (intruder, placed)]
    assert np.hypot(*steps[1].T[:2]) == pytest.approx(np.hypot(*steps[0].T[:2]))
    assert steps[1][:, 2] == pytest.approx(steps[0][:, 2])
    # the headings are those of the way
    course = np.degrees(np.arctan2(steps[1][:, 1], steps[1][:, 0])) % 360
    off = (placed.motion["heading_deg"][0, :-1] - course + 180) % 360 - 180
    assert off == pytest.approx(np.zeros(29), abs=1e-9)
    turned = placed.motion["heading_deg"][0, 20] - own.motion["heading_deg"][0, 20]
    assert turned % 360 == pytest.approx(77)


def test_flight_through_positions_by_hand():
    flight = through(np.array([[0, 0, 100], [100 * KT, 0, 101], [100 * KT, 60 * KT, 101]]))
    expected = {
        "speed_kt": [100, 60, 60],
        "heading_deg": [0, 90, 90],
        "dv_kt_s": [-40, -40, -40],
        "dh_ft_min": [60, 0, 0],
        "dpsi_deg_s": [90, 90, 90],
    }
    for name, values in expected.items():
        assert flight.motion[name][0] == pytest.approx(values, abs=1e-9), name


def test_some_flights_in_another_order():
    both = Flights({"north_ft": np.array([[1.0], [2.0]])}, {"L": np.array([3, 4])})
    assert both[np.array([1, 0, 1])].motion["north_ft"].tolist() == [[2.0], [1.0], [2.0]]
    assert both[np.array([1])].held["L"].tolist() == [4]


def test_volume_swept_by_hand():
    # radius 1 NM, half height 0.5 NM, 120 kt across: 2 NM x 1 NM x 120 NM/h; 6076.1 ft/min are 60 NM/h
    volume = swept(np.array([120.0]), np.array([-NM_FT]), NM_FT, NM_FT / 2)
    assert volume == pytest.approx([240 + np.pi * 60])


def test_entries_into_a_cylinder_are_the_volume_swept():
    """A cylinder that moves past points spread evenly: how many it meets that were not in it at first."""
    generator = np.random.default_rng(1)
    side, radius, half, seconds = 36_000.0, 3000.0, 1500.0, 3.0
    velocity = np.array([3000.0, 4000.0, -1200.0])  # ft/s
    points = generator.uniform(-side / 2, side / 2, (1_000_000, 3))
    # when a point is within the radius of the axis, and when between bottom and top
    speed = np.hypot(*velocity[:2])
    along, across = points[:, :2] @ velocity[:2] / speed, points[:, :2] @ [-velocity[1], velocity[0]] / speed
    chord = np.sqrt(np.maximum(radius**2 - across**2, 0))
    level = np.sort(np.stack([points[:, 2] - half, points[:, 2] + half]) / velocity[2], axis=0)
    first = np.maximum((along - chord) / speed, level[0])
    last = np.minimum((along + chord) / speed, level[1])
    entered = ((chord > 0) & (first < last) & (first > 0) & (first < seconds)).sum()
    expected = swept(np.array([speed / KT]), velocity[2:] * 60, radius, half)[0]
    per_nm3 = len(points) / (side / NM_FT) ** 3
    assert entered == pytest.approx(expected / 3600 * seconds * per_nm3, rel=0.04)
