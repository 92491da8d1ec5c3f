"""Sampled tracks: distributions against SciPy's tests, motion by hand, a model trained on its samples."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from data_schemas.tables.models import SAMPLED
from tests.unit.tracks.models.handmade import BINS, CUTS, NOW, chi_square, published_model, small
from tracks.models import sample as sampling
from tracks.models.marginals import compare_marginals, marginals, sampled_marginals
from tracks.models.network import EncounterModel, Network
from tracks.models.recovery import retrain
from tracks.models.sample import Sampler, sample_tracks
from tracks.models.variables import bins_of

COLUMN = {"v": "speed_kt", "dv": "dv_kt_s", "dh": "dh_ft_min", "dpsi": "dpsi_deg_s"}


@pytest.fixture(scope="module")
def published():
    return published_model()


@pytest.fixture(scope="module")
def samples(published):
    return sample_tracks(published, 20_000, 30, seed=11)


def test_exact_marginals_by_hand():
    found = marginals(small())
    # P(v = 1) = 3/4 1/2; P(dv) = P(v = 1) (1, 2, 1)/4 + P(v = 2) (0, 1, 1)/2
    assert found["v"] == pytest.approx([3 / 8, 5 / 8])
    assert found["dv"] == pytest.approx([3 / 32, 3 / 16 + 5 / 16, 3 / 32 + 5 / 16])
    assert found["dh"] == pytest.approx([1 / 5, 4 / 5])
    assert list(found) == ["L", "v", "dv", "dh", "dpsi"]


def test_marginals_of_the_published_model_are_the_shares_of_its_counts(published):
    for name, shares in marginals(published).items():
        table = published.initial.tables[published.index(name)]
        assert shares == pytest.approx(table.sum(axis=1) / table.sum(), rel=1e-9)


def test_first_second_has_the_distribution_of_the_training_data(published, samples):
    first = samples.filter(pl.col("time_s") == 0)
    for name, shares in marginals(published).items():
        found = sampled_marginals(published, first)[name] * first.height
        assert chi_square(found.round(), shares) > 1e-3, name


def test_first_second_has_the_joint_distribution(published, samples):
    first = samples.filter(pl.col("time_s") == 0)
    table = published.initial.tables[3]  # v given G A L
    place = (
        first["G"] - 1 + 5 * (first["A"].cast(pl.Int64) - 1 + 4 * (first["L"].cast(pl.Int64) - 1))
    ).to_numpy()
    speed = bins_of(first["speed_kt"].to_numpy(), published.boundaries[3])
    found = np.bincount(speed * 80 + place, minlength=640)
    assert chi_square(found, table.ravel() / table.sum()) > 1e-3


def test_values_are_uniform_in_their_bin(published, samples):
    first = samples.filter(pl.col("time_s") == 0)
    speed = first["speed_kt"].to_numpy()
    inside = speed[(speed >= 90) & (speed < 120)]
    assert len(inside) > 5000
    assert stats.kstest(inside, stats.uniform(90, 30).cdf).pvalue > 1e-3
    turn = first["dpsi_deg_s"].to_numpy()
    assert (turn == 0).mean() == pytest.approx(marginals(published)["dpsi"][3], abs=0.02)
    assert not ((turn > -1.5) & (turn < 1.5) & (turn != 0)).any()


def test_transitions_have_the_frequencies_of_the_table():
    # from each bin of dv the next is drawn by its column; the middle bin straddles zero
    dv = np.array([[6, 1, 2], [3, 8, 1], [1, 1, 7]])
    model = small(dv)
    track = sample_tracks(model, 1000, 60, seed=3)
    place = bins_of(track["dv_kt_s"].to_numpy(), CUTS[2]).reshape(1000, 60)
    pairs = np.bincount((place[:, 1:] * 3 + place[:, :-1]).ravel(), minlength=9).reshape(3, 3)
    for column in range(3):
        assert chi_square(pairs[:, column], dv[:, column] / dv[:, column].sum()) > 1e-3


def test_parents_are_the_bins_of_the_present_second():
    # dv(t+1) follows v alone: below 100 kt it speeds up, above it slows down. The bin of v is the track's.
    dv = np.array([[0, 1], [0, 0], [1, 0]])
    model = small()
    parents = (*((),) * 5, (1,), (3,), (4,))
    tables = (*(None,) * 5, dv, *model.transition.tables[6:])
    model = EncounterModel(
        model.initial, Network(NOW, parents, model.transition.bins, tables), CUTS, model.resample_rates
    )
    track = sample_tracks(model, 50, 400, seed=1)
    speed = track["speed_kt"].to_numpy().reshape(50, 400)
    sign = np.sign(track["dv_kt_s"].to_numpy().reshape(50, 400))
    assert (sign[:, 1:] == np.where(speed[:, :-1] < 100, 1, -1)).all()
    assert (abs(speed[:, -1] - 100) <= 8).all()


def test_configuration_never_seen_keeps_its_bin():
    model = small(np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]))
    track = sample_tracks(model, 300, 20, seed=5)
    dv = track["dv_kt_s"].to_numpy().reshape(300, 20)
    assert (dv == dv[:, :1]).all()
    assert len(np.unique(np.sign(dv[:, 0]))) == 3


def test_unchanged_bin_draws_again_with_its_rate():
    track = sample_tracks(small(rates=(0.5, 0.5, 0.3, 0.1, 0)), 2000, 50, seed=8)
    changed = {
        name: np.diff(track[column].to_numpy().reshape(2000, 50), axis=1) != 0
        for name, column in COLUMN.items()
    }
    slow = track["dv_kt_s"].to_numpy().reshape(2000, 50)[:, 1:] == 0  # the bin straddling zero gives 0
    assert not changed["dv"][slow].any()
    assert stats.binomtest(int(changed["dv"][~slow].sum()), int((~slow).sum()), 0.3).pvalue > 1e-3
    low = track["dh_ft_min"].to_numpy().reshape(2000, 50)[:, 1:] < -300
    assert stats.binomtest(int(changed["dh"][low].sum()), int(low.sum()), 0.1).pvalue > 1e-3
    assert not changed["dpsi"].any()


def test_motion_is_the_integral_of_the_dynamics(samples):
    n = 20_000
    c = {
        name: samples[name].to_numpy().reshape(n, 30)[:500]
        for name in SAMPLED.names
        if name not in ("G", "A")
    }
    assert c["speed_kt"][:, 1:] == pytest.approx(c["speed_kt"][:, :-1] + c["dv_kt_s"][:, :-1])
    assert c["alt_ft_agl"][:, 1:] == pytest.approx(c["alt_ft_agl"][:, :-1] + c["dh_ft_min"][:, :-1] / 60)
    turned = np.cumsum(c["dpsi_deg_s"], axis=1)[:, :-1]
    assert np.cos(np.deg2rad(c["heading_deg"][:, 1:] - turned)) == pytest.approx(1, abs=1e-9)
    feet = c["speed_kt"] * 1852 / 3600 / 0.3048
    heading = np.deg2rad(c["heading_deg"])
    assert np.diff(c["north_ft"]) == pytest.approx((feet * np.cos(heading))[:, :-1], abs=1e-6)
    assert np.diff(c["east_ft"]) == pytest.approx((feet * np.sin(heading))[:, :-1], abs=1e-6)
    assert (c["north_ft"][:, 0] == 0).all()
    assert (c["heading_deg"] >= 0).all()
    assert (c["heading_deg"] < 360).all()
    low = (c["alt_ft_agl"] >= 50) & (c["alt_ft_agl"] <= 5000)
    inside = low & (c["speed_kt"] > 0) & (c["speed_kt"] < 300)
    assert (c["inside"] == inside).all()


def test_geography_airspace_and_layer_hold(samples):
    spread = samples.group_by("track").agg(pl.col("G", "A", "L").n_unique()).select("G", "A", "L").max()
    assert spread.row(0) == (1, 1, 1)
    first = samples.filter(pl.col("time_s") == 0)
    layer = bins_of(first["alt_ft_agl"].to_numpy(), (50, 500, 1200, 3000, 5000)) + 1
    assert (layer == first["L"].to_numpy()).all()


def test_track_is_the_same_whatever_is_sampled_with_it(published):
    most = sample_tracks(published, 2100, 12, seed=4)
    few = sample_tracks(published, 1030, 5, seed=4)
    part = most.filter((pl.col("track") < 1030) & (pl.col("time_s") < 5))
    assert part.equals(few)
    other = sample_tracks(published, 1030, 5, seed=5)
    assert not other.equals(few)
    middle = pl.DataFrame(Sampler(published, 12, 4).draw(1030, 2).table)
    assert middle.equals(most.filter(pl.col("track").is_in([1030, 1031])))


def test_start_bins_are_held_and_condition_what_follows(published):
    track = sample_tracks(published, 3000, 1, seed=2, start={"G": (1,), "A": (3,), "L": (2,)})
    assert track.select("G", "A", "L").unique().rows() == [(1, 3, 2)]
    speed = bins_of(track["speed_kt"].to_numpy(), published.boundaries[3])
    column = published.initial.tables[3][:, 0 + 5 * (2 + 4 * 1)]
    assert chi_square(np.bincount(speed, minlength=8), column / column.sum()) > 1e-3


def test_impossible_requests_are_one_clear_line(published):
    with pytest.raises(InputError, match="start A: there is no bin 5; bins are 1 to 4"):
        sample_tracks(published, 1, 1, 0, start={"A": (5,)})
    with pytest.raises(InputError, match="start speed: no such variable"):
        sample_tracks(published, 1, 1, 0, start={"speed": (1,)})
    # no one was seen below 500 ft in class B of the islands
    empty = np.flatnonzero(published.initial.tables[3].sum(axis=0) == 0)[0]
    start = {"G": (int(empty % 5) + 1,), "A": (int(empty // 5 % 4) + 1,), "L": (int(empty // 20) + 1,)}
    with pytest.raises(InputError, match="the model has seen no data there"):
        sample_tracks(published, 1, 1, 0, start=start)
    whole = small()
    bare = EncounterModel(whole.initial, whole.transition, (None, *CUTS[1:]), whole.resample_rates)
    with pytest.raises(InputError, match="has no cut points of L"):
        sample_tracks(bare, 1, 1, 0)
    short = Network(NOW[:5], ((),) * 5, BINS, (None,) * 5)
    with pytest.raises(InputError, match="moves nothing"):
        sample_tracks(EncounterModel(whole.initial, short, CUTS, whole.resample_rates), 1, 1, 0)
    with pytest.raises(InputError, match="has no variable G"):
        sample_tracks(whole, 1, 1, 0, start={"G": (1,)})


def test_no_tracks_are_an_empty_table(published):
    assert sample_tracks(published, 0, 5, seed=1).height == 0


def test_marginals_lie_side_by_side(published, samples):
    table = compare_marginals(published, samples)
    assert table.columns == ["variable", "bin", "low", "high", "training", "sampled_initial", "sampled_all"]
    assert table.group_by("variable", maintain_order=True).len().rows() == [
        *(("G", 5), ("A", 4), ("L", 4), ("v", 8), ("dv", 5), ("dh", 7), ("dpsi", 7))
    ]
    sums = table.group_by("variable").agg(pl.col("training", "sampled_initial", "sampled_all").sum())
    assert sums.drop("variable").to_numpy() == pytest.approx(1)
    assert (table["training"] - table["sampled_initial"]).abs().max() < 0.015
    assert (table["training"] - table["sampled_all"]).abs().max() < 0.03
    assert table.row(13) == ("v", 1, 0, 30, *table.row(13)[4:])


def test_model_is_recovered_from_its_own_samples(published, samples):
    again = retrain(samples, ModelSettings())
    assert (again.transition.labels, again.transition.parents) == (
        published.transition.labels,
        published.transition.parents,
    )
    for truth, found in zip(published.transition.tables, again.transition.tables, strict=True):
        if truth is None:
            continue
        assert found.sum() == 20_000 * 29
        seen = (found.sum(axis=0) >= 300) & (truth.sum(axis=0) > 0)
        assert seen.sum() > 40
        share = truth[:, seen] / truth[:, seen].sum(axis=0)
        assert not found[:, seen][share == 0].any()  # what was never trained never comes up
        expected = share * found[:, seen].sum(axis=0)
        common = expected >= 5
        square = np.where(common, (found[:, seen] - expected) ** 2 / np.where(common, expected, 1), 0).sum()
        freedom = (common.sum(axis=0) - 1).clip(0).sum()
        assert stats.chi2.sf(square, freedom) > 1e-3
    for i in (4, 5, 6):  # a value drawn anew falls into the same of three fine bins once in three times
        assert again.resample_rates[i] == pytest.approx(published.resample_rates[i] * 2 / 3, rel=0.03)


def test_rejected_tracks_are_drawn_anew_and_the_others_stay(published):
    free = sample_tracks(published, 3000, 120, seed=9)
    kept = sample_tracks(published, 3000, 120, seed=9, reject=True)
    speed, climb = (free.filter(pl.col("time_s") == 0)[name].to_numpy() for name in ("speed_kt", "dh_ft_min"))
    steep = abs(climb) / 60 >= speed * 1852 / 3600 / 0.3048
    good = free["inside"].to_numpy().reshape(3000, 120).all(axis=1) & ~steep
    assert 2500 < good.sum() < 3000
    same = [
        (kept[name].to_numpy() == free[name].to_numpy()).reshape(3000, 120).all(axis=1)
        for name in ("north_ft", "alt_ft_agl", "speed_kt")
    ]
    assert (np.all(same, axis=0) == good).all()
    assert kept["inside"].all()
    assert kept["alt_ft_agl"].is_between(50, 5000).all()
    assert ((kept["speed_kt"] > 0) & (kept["speed_kt"] < 300)).all()


def test_rejections_are_counted_by_reason():
    # v starts below 100 kt in 3/8 and slows down by 0.5 to 2 kt/s; dh sinks by 300 to 900 ft/min in 1/5
    drawn = Sampler(small(), 200, 4, reject=True).draw(0, 500)
    assert drawn.tracks == 500
    assert set(drawn.rejected) == {"below", "above", "slow", "fast", "steep"}
    assert drawn.rejected["slow"] > 0
    assert drawn.rejected["below"] > 0
    assert drawn.rejected["fast"] > 0
    assert drawn.rejected["above"] == 0
    # 5 to 15 ft/s are 3 to 9 kt: more than the speed of 6 % of those below 100 kt
    steep = 3 / 8 * 1 / 5 * (600 / 60 * 3600 * 0.3048 / 1852) / 100
    tried = 500 + sum(drawn.rejected.values())
    assert stats.binomtest(drawn.rejected["steep"], tried, steep).pvalue > 1e-3
    assert not any(Sampler(small(), 200, 4).draw(0, 500).rejected.values())


def test_start_that_is_always_rejected_is_one_clear_line():
    # below 500 ft, sinking by at least 300 ft/min: on the ground within 90 s
    start = {"L": (1,), "dh": (1,)}
    with pytest.raises(
        InputError, match=r"track 0: 100000 in a row left the model's .* \(all rejected: below"
    ):
        Sampler(small(), 200, 4, start, reject=True).draw(0, 1)


def test_track_given_up_is_named(monkeypatch):
    free = sample_tracks(small(), 100, 200, seed=4).group_by("track", maintain_order=True)
    outside = free.agg(~pl.col("inside").all())["inside"].to_list()
    monkeypatch.setattr(sampling, "MOST_ATTEMPTS", 1)
    with pytest.raises(InputError, match=f"track {outside.index(True)}: 1 in a row left"):
        Sampler(small(), 200, 4, reject=True).draw(0, 100)


def test_start_may_fix_variables_behind_free_ones(published):
    # Bayes: G, A and L given the speed and the turn, from the joint histogram itself
    joint = np.ones(())
    for i, table in enumerate(published.initial.tables[:5]):
        total = table.sum(axis=0)
        given = (table / np.where(total > 0, total, 1)).reshape(
            table.shape[0], *published.initial.bins[:i], order="F"
        )
        joint = joint[..., None] * np.moveaxis(given, 0, -1)
    start = {"v": (1, 2), "dv": (2,)}
    first = sample_tracks(published, 20_000, 1, seed=2, start=start)
    layer = joint[:, :, :, :2, 1].sum(axis=(0, 1, 3))
    assert chi_square(np.bincount(first["L"].to_numpy() - 1, minlength=4), layer / layer.sum()) > 1e-3
    speed = joint[:, :, :, :2, 1].sum(axis=(0, 1, 2))
    slow = (first["speed_kt"] < 30).sum()
    assert stats.binomtest(slow, 20_000, speed[0] / speed.sum()).pvalue > 1e-3
    assert first["speed_kt"].max() < 60
    assert first["dv_kt_s"].is_between(-1, -0.25).all()


def test_variables_of_one_second_may_depend_on_each_other():
    # dh(t+1) has dv(t+1) as parent: it sinks exactly when dv is in its first bin
    model = small(np.array([[1, 1, 1], [1, 1, 1], [2, 2, 2]]))
    parents = (*model.transition.parents[:6], (5,), (4,))
    sinks = np.array([[1, 0, 0], [0, 1, 1]])
    tables = (*model.transition.tables[:6], sinks, model.transition.tables[7])
    network = Network(NOW, parents, model.transition.bins, tables)
    track = sample_tracks(EncounterModel(model.initial, network, CUTS, model.resample_rates), 200, 30, seed=6)
    later = track.filter(pl.col("time_s") > 0)
    assert ((later["dh_ft_min"] < -300) == (later["dv_kt_s"] < -0.5)).all()
    assert (later["dv_kt_s"] < -0.5).mean() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(
    ("change", "words"), [({"seed": -1}, "seed"), ({"seed": 1 << 64}, "2\\^64"), ({"seconds": 0}, "seconds")]
)
def test_wrong_seed_or_length_is_one_clear_line(change, words):
    with pytest.raises(InputError, match=words):
        Sampler(small(), **({"seconds": 5, "seed": 1} | change))
