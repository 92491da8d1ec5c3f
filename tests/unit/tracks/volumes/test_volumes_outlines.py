"""Outlines made valid and cut at the antimeridian, against areas and points by hand, shapely and PROJ."""

import numpy as np
import pyproj
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import strategies as st

from tracks.enrich.volumes.outlines import OutlineError, whole

GEOD = pyproj.Geod(ellps="WGS84")


def jumping(geometry):
    """The same outline with its longitudes as a file has them: within ±180°."""
    return shapely.transform(geometry, lambda at: np.column_stack([(at[:, 0] + 180) % 360 - 180, at[:, 1]]))


def area(geometry):
    """Square metres on the ellipsoid, whichever way the rings run."""
    oriented = shapely.orient_polygons(geometry)
    return abs(GEOD.geometry_area_perimeter(oriented)[0])


def test_a_valid_outline_within_the_antimeridians_stays_as_it_is():
    ring = shapely.box(-123, 37, -122, 38).difference(shapely.box(-122.6, 37.4, -122.4, 37.6))
    outline, mended = whole(ring)
    assert outline.equals(ring)
    assert not mended
    two = shapely.MultiPolygon([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)])
    outline, mended = whole(two)
    assert outline.equals(two)
    assert not mended


@pytest.mark.parametrize("beyond", [shapely.box(178, 50, 183, 52), shapely.box(-182, 50, -177, 52)])
@pytest.mark.parametrize("written", [jumping, lambda geometry: geometry])
def test_a_crossing_is_cut_and_nothing_is_lost(beyond, written):
    west, _, east, _ = beyond.bounds
    hole = shapely.box((west + east) / 2 - 0.5, 50.5, (west + east) / 2 + 1, 51.5)
    outline, mended = whole(written(beyond.difference(hole)))
    assert not mended
    assert outline.geom_type == "MultiPolygon"
    assert (outline.bounds[0], outline.bounds[2]) == (-180, 180)
    assert shapely.is_valid(outline)
    assert outline.area == pytest.approx(5 * 2 - 1.5)
    turned = shapely.union_all([shapely.affinity.translate(outline, turn) for turn in (-360, 0, 360)])
    assert turned.intersection(shapely.box(west, 50, east, 52)).area == pytest.approx(8.5)


def test_a_ring_that_touches_the_antimeridian_is_not_torn():
    outline, _ = whole(shapely.box(170, 0, 180, 1))
    assert outline.equals(shapely.box(170, 0, 180, 1))
    outline, _ = whole(shapely.box(180, 0, 190, 1))
    assert outline.equals(shapely.box(-180, 0, -170, 1))


def test_rings_that_cross_or_overlap_are_mended():
    bow, mended = whole(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]))
    assert mended
    assert bow.area == pytest.approx(2)
    assert bow.covers(shapely.MultiPoint([(0.5, 1), (1.5, 1)]))
    twice, mended = whole(shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)]))
    assert mended
    assert twice.equals(shapely.box(0, 0, 3, 2))
    spike, _ = whole(shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 5), (1, 1), (0, 1)]))
    assert spike.equals(shapely.box(0, 0, 1, 1))


def test_an_outline_without_area_or_round_a_pole_is_refused():
    for flat in (shapely.Polygon([(0, 0), (1, 1), (2, 2)]), shapely.MultiPolygon()):
        with pytest.raises(OutlineError, match="encloses no area"):
            whole(flat)
    with pytest.raises(OutlineError, match="goes round a pole"):
        whole(shapely.Polygon([(lon, 80) for lon in (-180, -60, 60, 180)]))


@given(st.floats(-180, 180), st.floats(-70, 70), st.floats(0.01, 40), st.integers(3, 30))
def test_wherever_an_outline_lies_its_area_is_the_same(lon, lat, size, corners):
    turns = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    centred = shapely.Polygon(np.column_stack([size * np.cos(turns), lat + size / 4 * np.sin(turns)]))
    outline, mended = whole(jumping(shapely.affinity.translate(centred, lon)))
    assert not mended
    assert shapely.is_valid(outline)
    assert outline.bounds[0] >= -180
    assert outline.bounds[2] <= 180
    assert outline.area == pytest.approx(centred.area, rel=1e-6)
    # Cut edges are corners more, through which geodesics run differently.
    fine = shapely.segmentize(outline, size / 50), shapely.segmentize(centred, size / 50)
    assert area(fine[0]) == pytest.approx(area(fine[1]), rel=1e-3)
