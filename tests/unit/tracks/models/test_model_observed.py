from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from data_schemas.packaged import resolve
from tracks.models.distance import stay_shares
from tracks.models.file import read_model
from tracks.models.network import Network
from tracks.models.observed import observed_columns, sampled_stays
from tracks.models.sample import sample_tracks


def test_columns_never_and_seldom_seen_are_counted():
    initial = Network(
        ("a", "b"),
        ((), (0,)),
        (3, 2),
        (np.array([[2], [99], [899]]), np.array([[1, 0, 500], [1, 0, 398]])),
    )
    transition = Network(
        ("a", "b(t)", "b(t+1)"), ((), (), (1,)), (3, 2, 2), (None, None, np.array([[0, 60], [0, 40]]))
    )
    rows = observed_columns(SimpleNamespace(initial=initial, transition=transition)).rows()
    # b has three columns of 2, 0 and 898 counts; the next second's two columns 0 and 100, which is not few
    assert rows == [("a", 1, 0, 0, 0.0), ("b", 3, 1, 1, pytest.approx(2 / 900)), ("b(t+1)", 2, 1, 0, 0.0)]


def test_stays_are_counted_within_tracks_and_over_one_second():
    model = read_model(resolve("package:uncor_1200only_rotorcraft_v1p2.txt"))
    rates = [0.0, 0.0, 3.0, 3.0, 3.0, 0.0, 0.0]  # deg/s: bins -1.5..1.5 and 1.5..4.5
    samples = pl.DataFrame(
        {
            "track": [0, 0, 0, 0, 1, 1, 1],
            "time_s": [0, 1, 2, 3, 0, 1, 3],
            "G": [1] * 7,
            "A": [4] * 7,
            "L": [1] * 7,
            "speed_kt": [100.0] * 7,
            "dv_kt_s": [0.0] * 7,
            "dh_ft_min": [0.0] * 7,
            "dpsi_deg_s": rates,
        }
    )
    stays = sampled_stays(model, samples)
    # track 0: 0→0, 0→3, 3→3; track 1: 3→0, and a second that is missing
    assert stays["dpsi"] == [None, None, None, 0.5, 0.5, None, None]
    assert [value for value in stays["dv"] if value is not None] == [1.0]


def test_samples_of_the_published_model_stay_as_its_data_did():
    """From the first second to the next the mixture of columns is that of the data, but for tracks' ends."""
    model = read_model(resolve("package:uncor_1200only_rotorcraft_v1p2.txt"))
    sampled = sampled_stays(model, sample_tracks(model, 100_000, 2, 3))
    for name in ("dv", "dh", "dpsi"):
        zero = model.zero_bins[model.index(name)]
        assert sampled[name][zero] == pytest.approx(stay_shares(model, name)[1][zero], abs=0.003)
