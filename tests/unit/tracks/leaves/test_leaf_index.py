"""Every address falls in exactly one leaf, inside its name's range; folders stay small; leaves balance."""

import datetime as dt
import itertools
import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.leaves import prove, world_register, write_simulated
from data_schemas.aircraft import seats_bin
from data_schemas.config import LeafSettings, RegistrySettings
from data_schemas.errors import InputError
from tests.unit.tracks.leaves.registers import aircraft, bounds, entries, index_of, leaf_of, write_registry
from tracks.leaves import LeafIndex
from tracks.registry import build_registry

SHARED = Path(__file__).parents[4].parent / "shared" / "data"


def test_leaves_follow_each_other_and_begin_at_an_aircraft(tmp_path):
    rows = [aircraft(a * 16, seats=2) for a in range(1, 8)]
    index = index_of(tmp_path, rows, hours_per_leaf=3, unknown_leaves=2)
    leaves = Counter(leaf_of(index, a * 16, 2020) for a in range(1, 8))
    assert leaves == {  # 7 aircraft in runs of about 3: two runs, of 3 and 4
        "2020/Glider/Seats_1_10/000000_00003F": 3,
        "2020/Glider/Seats_1_10/000040_FFFFFF": 4,
    }
    assert leaf_of(index, 0x11, 2020) == "2020/Unknown/Seats_NaN_NaN/000000_7FFFFF"  # between registered ones
    assert leaf_of(index, 0xFFFFFF, 2020) == "2020/Unknown/Seats_NaN_NaN/800000_FFFFFF"


def test_a_folder_with_less_work_than_a_leaf_is_one_leaf(tmp_path):
    index = index_of(tmp_path, [aircraft(5), aircraft(9)])
    assert leaf_of(index, 9, 2021) == "2021/Glider/Seats_NaN_NaN/000000_FFFFFF"


def test_expected_hours_decide_how_many_leaves_a_folder_gets(tmp_path):
    """Twelve airliners of 3000 h, twelve light twins of 300 h: the settings' own numbers, by hand."""
    twins = [aircraft(a, "FixedWingMultiEngine", seats=6) for a in range(12)]
    airliners = [aircraft(100 + a, "FixedWingMultiEngine", seats=180) for a in range(12)]
    settings = RegistrySettings(leaves=LeafSettings(hours_per_leaf=1800))
    index = LeafIndex.load(write_registry(tmp_path / "r.parquet", twins + airliners), settings)
    leaves = Counter(leaf_of(index, int(row["icao24"], 16), 2021) for row in twins + airliners)
    sizes = {kind: sorted(n for leaf, n in leaves.items() if kind in leaf) for kind in ("1_10/", "150_200/")}
    assert sizes == {"1_10/": [6, 6], "150_200/": [1] * 12}


def test_unknown_type_without_seats_goes_with_the_unregistered(tmp_path):
    rows = [aircraft(5, "Unknown"), aircraft(6, "Unknown", seats=4)]
    index = index_of(tmp_path, rows, unknown_leaves=1)
    assert leaf_of(index, 5, 2021) == "2021/Unknown/Seats_NaN_NaN/000000_FFFFFF"
    assert leaf_of(index, 6, 2021) == "2021/Unknown/Seats_1_10/000000_FFFFFF"


def test_a_row_is_valid_from_the_year_of_certification_to_that_of_expiry(tmp_path):
    rows = [aircraft(5, valid_from=dt.date(2019, 12, 31), valid_to=dt.date(2021, 1, 1))]
    index = index_of(tmp_path, rows)
    kinds = {year: leaf_of(index, 5, year).split("/")[1] for year in range(2018, 2023)}
    assert kinds == {2018: "Unknown", 2019: "Glider", 2020: "Glider", 2021: "Glider", 2022: "Unknown"}


def test_the_first_row_valid_in_the_year_wins(tmp_path):
    rows = [
        aircraft(5, "Balloon", valid_from=dt.date(2020, 6, 1)),
        aircraft(5, "Rotorcraft", valid_from=dt.date(2010, 6, 1)),
        aircraft(5, "Gyroplane"),
    ]
    index = index_of(tmp_path, rows)
    kinds = {year: index.aircraft(year)["aircraft_type"].to_list() for year in (2009, 2010, 2019, 2020)}
    assert kinds == {2009: ["Gyroplane"], 2010: ["Rotorcraft"], 2019: ["Rotorcraft"], 2020: ["Balloon"]}
    assert leaf_of(index, 5, 2019) == "2019/Rotorcraft/Seats_NaN_NaN/000000_FFFFFF"


def test_no_folder_exceeds_1000_leaves(tmp_path):
    index = index_of(tmp_path, [aircraft(a) for a in range(2345)], hours_per_leaf=1)
    codes = index.leaf_codes(np.arange(2345, dtype=np.uint32), np.full(2345, 2021, np.int16))
    sizes = np.bincount(codes)
    sizes = sizes[sizes > 0]
    assert len(sizes) == 1000
    assert (sizes.min(), sizes.max()) == (2, 3)


def test_an_empty_registry_and_no_rows(tmp_path):
    index = index_of(tmp_path, [], unknown_leaves=4)
    assert leaf_of(index, 0xABCDEF, 2021) == "2021/Unknown/Seats_NaN_NaN/800000_BFFFFF"
    assert index.leaf_codes(np.empty(0, np.uint32), np.empty(0, np.int16)).shape == (0,)


def test_years_mix_and_codes_stay_valid(tmp_path):
    index = index_of(tmp_path, [aircraft(5, valid_to=dt.date(2021, 6, 1))], unknown_leaves=1)
    address = np.array([5, 5, 6, 5], np.uint32)
    codes = index.leaf_codes(address, np.array([2022, 2021, 2021, 2020], np.int16))
    paths = [index.paths[c] for c in codes]
    assert [p.split("/")[0] for p in paths] == ["2022", "2021", "2021", "2020"]
    assert [p.split("/")[1] for p in paths] == ["Unknown", "Glider", "Unknown", "Glider"]
    again = index.leaf_codes(address, np.array([2022, 2021, 2021, 2020], np.int16))
    assert again.tolist() == codes.tolist()  # although the tables of three years are not all kept
    assert len(index.paths) == len(set(index.paths)) == 5


def test_codes_of_a_year_rise_with_the_paths(tmp_path):
    rows = [
        aircraft(a, kind, seats=s)
        for a, (kind, s) in enumerate([("Glider", 1), ("Balloon", 8), ("Balloon", 60)])
    ]
    index = index_of(tmp_path, rows)
    leaf_of(index, 1, 2021)
    assert index.paths == sorted(index.paths)


def test_it_pickles_small_and_a_changed_registry_is_read_anew(tmp_path):
    registry = write_registry(tmp_path / "r.parquet", [aircraft(a) for a in range(5000)])
    index = LeafIndex.load(registry, RegistrySettings())
    sent = pickle.dumps(index)
    assert len(sent) < 3000
    assert leaf_of(pickle.loads(sent), 77, 2021) == leaf_of(index, 77, 2021)
    assert pickle.loads(sent) is pickle.loads(sent)  # a worker reads the file once
    write_registry(registry, [aircraft(77, "Balloon", seats=3)])
    assert leaf_of(pickle.loads(sent), 77, 2021) == "2021/Balloon/Seats_1_10/000000_FFFFFF"


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "no such registry"), (b"nonsense", "not a Parquet file")]
)
def test_a_registry_that_cannot_be_read_is_one_clear_line(tmp_path, content, problem):
    path = tmp_path / "r.parquet"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        LeafIndex.load(path, RegistrySettings())


def test_another_table_is_refused(tmp_path):
    pq.write_table(pa.table({"icao24": ["ABCDEF"]}), tmp_path / "r.parquet")
    with pytest.raises(InputError, match="column 'aircraft_type' is missing"):
        LeafIndex.load(tmp_path / "r.parquet", RegistrySettings())


ROWS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, (1 << 24) - 1), st.integers(0, 9)),  # many rows of one address
        st.sampled_from(["Glider", "Rotorcraft", "Unknown"]),
        st.sampled_from([None, 0, 4, 44, 186, 60_000]),
        st.sampled_from([None, dt.date(2020, 5, 1), dt.date(2022, 5, 1)]),
    ),
    max_size=40,
)


def winner(rows, address, year):
    """Return the first row of an address that is certified by the end of the year, as one reads the page."""
    valid = (row for row in rows if row[0] == address and (row[3] is None or row[3].year <= year))
    return next(valid, (address, "Unknown", None, None))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    per_leaf=st.integers(1, 9),
    unknown=st.integers(1, 1000),
    others=st.lists(st.integers(0, (1 << 24) - 1)),
    year=st.sampled_from([2019, 2021]),
)
@example(rows=[], per_leaf=1, unknown=1, others=[0, (1 << 24) - 1], year=2021)
@example(rows=[(7, "Glider", None, None)] * 9, per_leaf=1, unknown=3, others=[], year=2021)
@example(rows=[(a, "Unknown", None, None) for a in range(40)], per_leaf=1, unknown=3, others=[], year=2021)
def test_every_address_lies_in_the_one_leaf_of_its_folder(tmp_path, rows, per_leaf, unknown, others, year):
    table = [aircraft(a, k, seats=s, valid_from=start) for a, k, s, start in rows]
    index = index_of(tmp_path, table, hours_per_leaf=per_leaf, unknown_leaves=unknown)
    addresses = [row[0] for row in rows] + others
    codes = index.leaf_codes(np.array(addresses, np.uint32), np.full(len(addresses), year, np.int16))
    for address, code in zip(addresses, codes.tolist(), strict=True):
        path = index.paths[code]
        _, kind, seats, _ = winner(rows, address, year)
        assert path.startswith(f"{year}/{kind}/{seats_bin(seats)}/")
        first, last = bounds(path)
        assert first <= address <= last
    for folder, names in entries(index.paths).items():
        assert len(names) <= 1000
        if folder.count("/") == 2:  # leaves tile the addresses, so exactly one holds each
            ranges = sorted(bounds(f"/{name}") for name in names)
            assert ranges[0][0] == 0
            assert ranges[-1][1] == (1 << 24) - 1
            assert all(a[1] + 1 == b[0] for a, b in itertools.pairwise(ranges))


def test_leaves_of_the_world_register(tmp_path):
    """619,472 real aircraft: one leaf for each of 2^24 addresses, loads of a folder even.

    They have no periods of validity, so every year is the same; bench/leaves.py takes 2018 to 2020.
    """
    folder = SHARED / "aircraft-registry-tar1090"
    if not folder.is_dir():
        pytest.skip("the shared aircraft register is not here")
    settings = world_register(folder)
    counts = build_registry(settings, tmp_path / "r.parquet").counts()
    assert counts.rows_in == 619_472
    assert counts.left == {"no_type": 112_198 + 12_379}  # the README's counts
    sizes = prove(LeafIndex.load(tmp_path / "r.parquet", settings), 2019)
    assert max(map(len, sizes.values())) == 1000  # single-engine aircraft: 295,374 and 100 h
    for found in sizes.values():  # one type, one bin: equal work is equal numbers
        assert found.max() - found.min() <= 1


def test_leaves_of_a_simulated_register_with_periods(tmp_path):
    write_simulated(tmp_path / "r.parquet", 100_000)
    index = LeafIndex.load(tmp_path / "r.parquet", RegistrySettings())
    sizes = {year: prove(index, year) for year in (2018, 2020)}
    for folders in sizes.values():
        for found in folders.values():
            assert found.max() - found.min() <= 1
    assert sum(map(sum, sizes[2018].values())) != sum(map(sum, sizes[2020].values()))
