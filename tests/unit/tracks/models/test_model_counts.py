"""Counting against a literal reference in plain Python and against cases computed by hand."""

import math
from collections import Counter as Tally

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.config import ModelSettings
from tracks.models.bins import fine_bins, grid_over
from tracks.models.counts import REASONS, Counter, Shape, Tables, model_of
from tracks.models.variables import bins_of, inner_cuts, variables_of, zero_bin

SCOPES = {"all": {None, 1200, 7000}, "1200only": {1200}, "1200exclude": {7000}}
GROUP_OF = {None: 0, 1200: 1, 7000: 2}
NAMES = ("G", "A", "L", "v", "dv", "dh", "dpsi")
PARENTS = {  # written out from pipeline.md, stage 5
    "dv": ["L", "v", "dv", "dh", "dpsi"],
    "dh": ["A", "L", "dv", "dh", "dpsi"],
    "dpsi": ["L", "v", "dv", "dpsi"],
}


def plain_bin(value, cuts):
    place = 0
    for cut in cuts[1:-1]:
        if value >= cut:
            place += 1
    return place


def plain_fine(value, cuts, parts):
    """Fine bin within the coarse one, of the outer bins by equal parts between their cut points."""
    place = plain_bin(value, cuts)
    low, high = cuts[place], cuts[place + 1]
    for k in range(parts - 1, 0, -1):
        if value >= low + (high - low) * (k / parts):
            return k
    return 0


def plain_state(row, settings):
    """Bins of one row by variable, or None where it is no observation."""
    low, high = settings.altitude_scope_ft_agl
    numbers = [row[n] for n in ("L", "v", "dv", "dh", "dpsi")]
    if any(math.isnan(number) for number in numbers) or not low <= row["L"] < high:
        return None
    if ("G" in settings.variables and row["G"] < 1) or (
        "A" in settings.variables and row["A"] not in (1, 2, 3, 4)
    ):
        return None
    cuts = {v.name: v.cuts for v in variables_of(settings)}
    return {n: row[n] - 1 if cuts[n] is None else plain_bin(row[n], cuts[n]) for n in settings.variables}


def plain_counts(rows, settings, scope):
    """All tables as dictionaries, one row after another, as the specification says it."""
    initial, transition, changes, repeats = Tally(), Tally(), Tally(), Tally()
    cuts = {v.name: v.cuts for v in variables_of(settings)}
    before = None
    for row in rows:
        state = plain_state(row, settings) if row["squawk"] in SCOPES[scope] else None
        if state is not None:
            initial[tuple(state[n] for n in settings.variables)] += 1
            if before is not None and row["follows"]:
                last_row, last = before
                for child, parents in PARENTS.items():
                    above = tuple(last[p] for p in parents if p in last)
                    transition[child, above, state[child]] += 1
                for n in settings.variables:
                    edges = cuts[n]
                    if edges is None or state[n] != last[n]:
                        continue
                    if edges[state[n]] < 0 < edges[state[n] + 1]:
                        continue
                    parts = settings.fine_bins
                    same = plain_fine(row[n], edges, parts) == plain_fine(last_row[n], edges, parts)
                    (repeats if same else changes)[n] += 1
        before = None if state is None else (row, state)
    return initial, transition, changes, repeats


def some_rows(seed, count, settings):
    """Rows that wander slowly, sit on cut points, lack values, jump in time and change their code."""
    rng = np.random.default_rng(seed)
    columns = {}
    spans = {"L": (0, 5400), "v": (-20, 340), "dv": (-3, 3), "dh": (-2600, 2600), "dpsi": (-10, 10)}
    for name, (low, high) in spans.items():
        walk = low + np.abs(
            (np.cumsum(rng.normal(0, (high - low) / 60, count)) % (2 * (high - low))) - (high - low)
        )
        edges = np.array([c for v in variables_of(settings) if v.name == name for c in inner_cuts(v.cuts, 3)])
        on = rng.random(count) < 0.2
        walk[on] = rng.choice(edges, count)[on]
        walk[rng.random(count) < 0.02] = np.nan
        columns[name] = walk
    columns["G"] = rng.choice([0, 1, 2, 5], count, p=[0.05, 0.85, 0.05, 0.05])
    columns["A"] = rng.choice([0, 1, 3, 4], count, p=[0.05, 0.05, 0.1, 0.8])
    squawk = np.array([None, 1200, 7000])[
        rng.choice(3, count // 20 + 1, p=[0.1, 0.5, 0.4]).repeat(20)[:count]
    ]
    follows = rng.random(count) < 0.9
    return [
        {n: columns[n][i] for n in NAMES} | {"squawk": squawk[i], "follows": bool(follows[i])}
        for i in range(count)
    ]


def fed(rows, settings, pieces=1):
    counter = Counter(settings)
    reasons = []
    for piece in np.array_split(np.arange(len(rows)), pieces):
        part = [rows[i] for i in piece]
        columns = {n: np.array([row[n] for row in part]) for n in NAMES}
        follows = np.array([row["follows"] for row in part], bool)
        group = np.array([GROUP_OF[row["squawk"]] for row in part], np.int8)
        reasons.extend(counter.add(columns, follows, group).tolist())
    return counter, reasons


@pytest.mark.parametrize("variables", [NAMES, NAMES[1:], NAMES[2:], ("G", *NAMES[2:])])
@pytest.mark.parametrize("scope", SCOPES)
def test_counts_are_those_of_the_literal_reference(variables, scope):
    settings = ModelSettings(variables=variables)
    rows = some_rows(5, 6000, settings)
    counter, reasons = fed(rows, settings)
    initial, transition, changes, repeats = plain_counts(rows, settings, scope)
    counted = counter.tables(scope)
    shape = Shape.of(settings)
    joint = counted.initial.reshape(shape.initial.bins, order="F")
    assert {tuple(map(int, c)): int(joint[tuple(c)]) for c in np.argwhere(joint)} == dict(initial)
    model = model_of(settings, counted)
    for child, table in zip(PARENTS, model.transition.tables[len(variables) :], strict=True):
        above = [p for p in PARENTS[child] if p in variables]
        sizes = [shape.initial.bins[variables.index(p)] for p in above]
        cube = table.reshape((len(table), *sizes), order="F")
        found = {(child, tuple(map(int, c[1:])), int(c[0])): int(cube[tuple(c)]) for c in np.argwhere(cube)}
        assert found == {key: n for key, n in transition.items() if key[0] == child}
    assert dict(zip(variables, counted.changes.tolist(), strict=True)) == {n: changes[n] for n in variables}
    assert dict(zip(variables, counted.repeats.tolist(), strict=True)) == {n: repeats[n] for n in variables}
    assert counted.transitions == sum(n for key, n in transition.items() if key[0] == "dv") > 500
    assert sum(changes.values()) > 100
    assert [reason == 0 for reason in reasons] == [plain_state(row, settings) is not None for row in rows]


def test_initial_tables_are_those_of_the_literal_reference():
    settings = ModelSettings()
    rows = some_rows(6, 3000, settings)
    counter, _ = fed(rows, settings)
    model = model_of(settings, counter.tables("all"))
    states = [s for s in (plain_state(row, settings) for row in rows) if s]
    for i, name in enumerate(NAMES):
        expected = Tally()
        for state in states:
            column, stride = 0, 1
            for parent, size in zip(NAMES[:i], model.initial.bins, strict=False):
                column += stride * int(state[parent])
                stride *= size
            expected[int(state[name]), column] += 1
        table = model.initial.tables[i]
        assert {tuple(map(int, c)): int(table[tuple(c)]) for c in np.argwhere(table)} == dict(expected)


@pytest.mark.parametrize("pieces", [2, 7, 600])
def test_rows_may_come_in_any_pieces(pieces):
    settings = ModelSettings()
    rows = some_rows(7, 1200, settings)
    whole, reasons = fed(rows, settings)
    split, again = fed(rows, settings, pieces)
    assert reasons == again
    for scope in SCOPES:
        for a, b in zip(vars(whole.tables(scope)).values(), vars(split.tables(scope)).values(), strict=True):
            assert np.array_equal(a, b)


def steady(count, **changed):
    row = {"G": 1, "A": 4, "L": 800.0, "v": 100.0, "dv": 0.5, "dh": 0.0, "dpsi": 3.0}
    return [row | {"squawk": 1200, "follows": i > 0} | changed for i in range(count)]


def test_three_steady_seconds_by_hand():
    counter, _ = fed(steady(3), ModelSettings())
    counted = counter.tables("all")
    # bins from 0: G 0, A 3, L 1, v 3, dv 3, dh 3, dpsi 4; sizes 5 4 4 8 5 7 7
    cell = 0 + 5 * (3 + 4 * (1 + 4 * (3 + 8 * (3 + 5 * (3 + 7 * 4)))))
    assert np.flatnonzero(counted.initial).tolist() == [cell]
    assert counted.initial[cell] == 3
    dv = 3 + 5 * (1 + 4 * (3 + 8 * (3 + 5 * (3 + 7 * 4))))
    dh = 39200 + 3 + 7 * (3 + 4 * (1 + 4 * (3 + 5 * (3 + 7 * 4))))
    dpsi = 39200 + 27440 + 4 + 7 * (1 + 4 * (3 + 8 * (3 + 5 * 4)))
    assert np.flatnonzero(counted.transition).tolist() == [dv, dh, dpsi]
    assert counted.transition[[dv, dh, dpsi]].tolist() == [2, 2, 2]
    # L, v, dv and dpsi repeat their fine bin twice; dh is in the bin straddling zero; G and A have no rate
    assert counted.repeats.tolist() == [0, 0, 2, 2, 2, 0, 2]
    assert counted.changes.tolist() == [0] * 7
    assert counted.observations == 3
    assert counted.transitions == 2


def test_rate_is_changes_among_changes_and_repeats_of_the_fine_bin():
    # v in [90, 120): fine bins [90, 100), [100, 110), [110, 120); beyond 300 it is the outermost fine bin
    speeds = [90.0, 99.9, 100.0, 109.0, 110.0, 290.0, 500.0, 270.0]
    rows = steady(8)
    for row, speed in zip(rows, speeds, strict=True):
        row["v"] = speed
    counter, _ = fed(rows, ModelSettings())
    counted = counter.tables("all")
    # 90 and 99.9 repeat, 99.9 to 100 changes, 100 and 109 repeat, 109 to 110 changes, 110 to 290 leaves the
    # bin, 290 and 500 repeat, 500 to 270 changes: [250, 300) has the parts 266.7 and 283.3
    assert (counted.changes[3], counted.repeats[3]) == (3, 3)
    assert model_of(ModelSettings(), counted).resample_rates == (0, 0, 0, 0.5, 0, 0, 0)


def test_rate_has_six_significant_digits_as_in_the_file():
    sizes = Shape.of(ModelSettings()).sizes
    none = {name: np.zeros(size, np.int64) for name, size in sizes.items()}
    counted = Tables(
        **none | {"changes": np.array([0, 0, 1, 0, 0, 0, 2]), "repeats": np.array([0, 0, 2, 0, 0, 0, 5])},
        moved=3,
    )
    rates = model_of(ModelSettings(), counted).resample_rates
    assert rates == (0, 0, 0.333333, 0, 0, 0, 0.285714)


def test_scopes_of_codes():
    rows = steady(2) + steady(2, squawk=7000) + steady(1, squawk=None)
    for row in rows[1:]:
        row["follows"] = True
    counter, _ = fed(rows, ModelSettings())
    # one transition is between two codes and one to a missing code: they are in `all` alone
    found = {scope: (t.observations, t.transitions) for scope in SCOPES for t in [counter.tables(scope)]}
    assert found == {"all": (5, 4), "1200only": (2, 1), "1200exclude": (2, 1)}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "observation"),
        ({"L": 50.0}, "observation"),
        ({"v": 1e6, "dpsi": -1e6}, "observation"),
        ({"L": np.nan, "v": np.nan, "G": 0}, "altitude_missing"),
        ({"L": 49.0}, "below_scope"),
        ({"L": 5000.0, "dv": np.nan}, "above_scope"),
        ({"dv": np.nan}, "variable_missing"),
        ({"dh": np.inf}, "variable_missing"),
        ({"G": 0, "A": 0}, "no_region"),
        ({"A": 0}, "no_airspace"),
    ],
)
def test_reason_is_the_first_that_holds(changed, reason):
    _, found = fed(steady(1, **changed), ModelSettings())
    assert REASONS[found[0]] == reason


def test_model_without_region_takes_seconds_of_no_region():
    _, found = fed(steady(1, G=0), ModelSettings(variables=NAMES[1:]))
    assert REASONS[found[0]] == "observation"


def test_second_that_is_no_observation_breaks_the_chain():
    rows = steady(5)
    rows[2]["L"] = 9000.0
    counter, _ = fed(rows, ModelSettings())
    counted = counter.tables("all")
    assert (counted.observations, counted.transitions) == (4, 2)


SOME = st.floats(-1e6, 1e6) | st.floats(-1e300, 1e300) | st.integers(-9, 9).map(float)


@settings(deadline=None, max_examples=200)
@given(st.lists(SOME, min_size=1, max_size=40, unique=True).map(sorted), st.lists(SOME))
def test_grid_finds_the_bins_of_a_search(cuts, values):
    cuts = np.array(cuts)
    around = [np.nextafter(cuts, -np.inf), cuts, np.nextafter(cuts, np.inf), [-np.inf, np.inf], values]
    asked, grid = np.concatenate(around), grid_over(cuts)
    found = np.empty(len(asked), np.uint16)
    fine_bins(asked, 1.0, grid, found)
    assert found.tolist() == np.searchsorted(cuts, asked, side="right").tolist()
    fine_bins(np.full(1, np.nan), 1.0, grid, found[:1])
    assert found[0] == 0


def test_bins_are_closed_below_and_outer_bins_take_what_is_beyond():
    assert bins_of([-9, -2, -1.0001, -1, -0.25, 0, 0.25, 1, 2, 9], (-2, -1, -0.25, 0.25, 1, 2)).tolist() == [
        *(0, 0, 0, 1, 2, 2, 3, 4, 4, 4)
    ]
    assert inner_cuts((0, 30, 60), 3).tolist() == [10, 20, 30, 40, 50]
    assert zero_bin((-1, 0, 1)) == -1
    assert zero_bin(None) == -1
