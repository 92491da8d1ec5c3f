"""Points where it matters for the tests of polygons."""

import numpy as np
import pytest
import shapely


@pytest.fixture(scope="session")
def at_edges():
    """Function that gives a point for every edge, longitude and latitude.

    It is a corner or the middle of the edge; half of the points are moved by 1e-13 to 1e-4 degrees.
    """

    def points(draw, polygons):
        corners = shapely.get_coordinates(polygons)
        middles = (corners + np.roll(corners, -1, axis=0)) / 2
        chosen = np.where(draw.random((len(corners), 1)) < 0.5, corners, middles)
        moved = draw.random(len(chosen)) < 0.5
        way = draw.choice((-1, 0, 1), (moved.sum(), 2))
        chosen[moved] += way * 10.0 ** draw.uniform(-13, -4, (moved.sum(), 1))
        return chosen

    return points
