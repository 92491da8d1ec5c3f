"""The simulation's random numbers: distributions against SciPy."""

import numpy as np
from scipy import stats

from tracks.simulate.philox import normal, uniforms


def test_numbers_are_uniform_and_open():
    numbers = np.array([uniforms(np.uint64(3), 5, aircraft, -7, 0) for aircraft in range(5000)])
    assert 0 < numbers.min() <= numbers.max() < 1
    for column in numbers.T:
        assert stats.kstest(column, "uniform").pvalue > 0.001
    gauss = [normal(u[0], u[1]) for u in numbers]
    assert stats.kstest(gauss, "norm").pvalue > 0.001
