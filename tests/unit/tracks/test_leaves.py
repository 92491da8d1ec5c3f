"""Every address falls in exactly one leaf, inside its name's range; folders stay small; leaves balance."""

import datetime as dt
import itertools
import pickle
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_schemas.config import RegistrySettings
from data_schemas.errors import InputError
from data_schemas.tables.registry import REGISTRY
from tracks.leaves import LeafIndex
from tracks.registry import build_registry

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
DEFAULTS = {
    "manufacturer": None,
    "model": None,
    "seats": None,
    "weight_class": None,
    "owner_type": None,
    "country": None,
    "valid_from": None,
    "valid_to": None,
    "source": "TEST",
}


def write_registry(path, rows):
    """Write rows (icao24, type, what else) as a registry, in the order of precedence given."""
    full = [DEFAULTS | row for row in rows]
    full.sort(key=lambda row: row["icao24"])
    pq.write_table(pa.Table.from_pylist(full, schema=REGISTRY.schema()), path)
    return path


def aircraft(address, kind="Glider", **more):
    return {"icao24": f"{address:06X}", "aircraft_type": kind} | more


def leaf_of(index, address, year):
    code = index.leaf_codes(np.array([address], np.uint32), np.array([year], np.int16))
    return index.paths[code[0]]


def bounds(path):
    first, last = path.rsplit("/", 1)[1].split("_")
    return int(first, 16), int(last, 16)


def test_runs_hold_at_least_the_wished_aircraft_and_are_named_by_their_ends(tmp_path):
    registry = write_registry(tmp_path / "r.parquet", [aircraft(a * 16, seats=2) for a in range(1, 8)])
    index = LeafIndex.load(registry, RegistrySettings(aircraft_per_leaf=3, unknown_leaves=2))
    leaves = Counter(leaf_of(index, a * 16, 2020) for a in range(1, 8))
    assert leaves == {  # 7 aircraft in runs of at least 3: two runs, of 3 and 4
        "2020/Glider/Seats_1_10/000010_000030": 3,
        "2020/Glider/Seats_1_10/000040_000070": 4,
    }
    assert leaf_of(index, 0x11, 2020) == "2020/Unknown/Seats_NaN_NaN/000000_7FFFFF"  # between registered ones
    assert leaf_of(index, 0xFFFFFF, 2020) == "2020/Unknown/Seats_NaN_NaN/800000_FFFFFF"


def test_a_group_smaller_than_a_leaf_is_one_leaf(tmp_path):
    registry = write_registry(tmp_path / "r.parquet", [aircraft(5), aircraft(9)])
    index = LeafIndex.load(registry, RegistrySettings(aircraft_per_leaf=200))
    assert leaf_of(index, 9, 2021) == "2021/Glider/Seats_NaN_NaN/000005_000009"


def test_unknown_type_without_seats_goes_with_the_unregistered(tmp_path):
    rows = [aircraft(5, "Unknown"), aircraft(6, "Unknown", seats=4)]
    index = LeafIndex.load(write_registry(tmp_path / "r.parquet", rows), RegistrySettings(unknown_leaves=1))
    assert leaf_of(index, 5, 2021) == "2021/Unknown/Seats_NaN_NaN/000000_FFFFFF"
    assert leaf_of(index, 6, 2021) == "2021/Unknown/Seats_1_10/000006_000006"


def test_a_row_is_valid_from_the_year_of_certification_to_that_of_expiry(tmp_path):
    rows = [aircraft(5, valid_from=dt.date(2019, 12, 31), valid_to=dt.date(2021, 1, 1))]
    index = LeafIndex.load(write_registry(tmp_path / "r.parquet", rows), RegistrySettings())
    kinds = {year: leaf_of(index, 5, year).split("/")[1] for year in range(2018, 2023)}
    assert kinds == {2018: "Unknown", 2019: "Glider", 2020: "Glider", 2021: "Glider", 2022: "Unknown"}


def test_the_first_row_valid_in_the_year_wins(tmp_path):
    rows = [
        aircraft(5, "Balloon", valid_from=dt.date(2020, 6, 1)),
        aircraft(5, "Rotorcraft", valid_from=dt.date(2010, 6, 1)),
        aircraft(5, "Gyroplane"),
    ]
    index = LeafIndex.load(write_registry(tmp_path / "r.parquet", rows), RegistrySettings())
    kinds = {year: index.aircraft(year)["aircraft_type"].to_list() for year in (2009, 2010, 2019, 2020)}
    assert kinds == {2009: ["Gyroplane"], 2010: ["Rotorcraft"], 2019: ["Rotorcraft"], 2020: ["Balloon"]}
    assert leaf_of(index, 5, 2019) == "2019/Rotorcraft/Seats_NaN_NaN/000005_000005"


def test_no_folder_exceeds_1000_leaves(tmp_path):
    registry = write_registry(tmp_path / "r.parquet", [aircraft(a) for a in range(2345)])
    index = LeafIndex.load(registry, RegistrySettings(aircraft_per_leaf=1))
    codes = index.leaf_codes(np.arange(2345, dtype=np.uint32), np.full(2345, 2021, np.int16))
    sizes = np.bincount(codes)
    sizes = sizes[sizes > 0]
    assert len(sizes) == 1000
    assert (sizes.min(), sizes.max()) == (2, 3)


def test_an_empty_registry_and_no_rows(tmp_path):
    index = LeafIndex.load(write_registry(tmp_path / "r.parquet", []), RegistrySettings(unknown_leaves=4))
    assert leaf_of(index, 0xABCDEF, 2021) == "2021/Unknown/Seats_NaN_NaN/800000_BFFFFF"
    assert index.leaf_codes(np.empty(0, np.uint32), np.empty(0, np.int16)).shape == (0,)


def test_years_mix_and_codes_stay_valid(tmp_path):
    registry = write_registry(tmp_path / "r.parquet", [aircraft(5, valid_to=dt.date(2021, 6, 1))])
    index = LeafIndex.load(registry, RegistrySettings(unknown_leaves=1))
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
    index = LeafIndex.load(write_registry(tmp_path / "r.parquet", rows), RegistrySettings())
    leaf_of(index, 1, 2021)
    assert index.paths == sorted(index.paths)


def test_it_pickles_small_and_a_changed_registry_is_read_anew(tmp_path):
    registry = write_registry(tmp_path / "r.parquet", [aircraft(a) for a in range(5000)])
    index = LeafIndex.load(registry, RegistrySettings())
    sent = pickle.dumps(index)
    assert len(sent) < 1000
    assert leaf_of(pickle.loads(sent), 77, 2021) == leaf_of(index, 77, 2021)
    assert pickle.loads(sent) is pickle.loads(sent)  # a worker reads the file once
    write_registry(registry, [aircraft(77, "Balloon", seats=3)])
    assert leaf_of(pickle.loads(sent), 77, 2021) == "2021/Balloon/Seats_1_10/00004D_00004D"


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
        st.integers(0, (1 << 24) - 1),
        st.sampled_from(["Glider", "Rotorcraft", "Unknown"]),
        st.sampled_from([None, 0, 4, 44, 186]),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    per_leaf=st.integers(1, 9),
    unknown=st.integers(1, 1000),
    others=st.lists(st.integers(0, (1 << 24) - 1)),
)
def test_every_address_lies_in_its_leafs_range(tmp_path, rows, per_leaf, unknown, others):
    registry = write_registry(tmp_path / "r.parquet", [aircraft(a, k, seats=s) for a, k, s in rows])
    index = LeafIndex.load(registry, RegistrySettings(aircraft_per_leaf=per_leaf, unknown_leaves=unknown))
    addresses = np.array([a for a, _, _ in rows] + others, np.uint32)
    codes = index.leaf_codes(addresses, np.full(len(addresses), 2021, np.int16))
    for address, code in zip(addresses.tolist(), codes.tolist(), strict=True):
        first, last = bounds(index.paths[code])
        assert first <= address <= last
    if len(addresses):
        spans = defaultdict(list)
        for path in index.paths:
            spans[path.rsplit("/", 1)[0]].append(bounds(path))
        for ranges in spans.values():  # leaves of one folder do not overlap: exactly one holds an address
            ranges.sort()
            assert all(a[1] < b[0] for a, b in itertools.pairwise(ranges))


def test_leaves_of_the_world_register_balance(tmp_path):
    """619,472 real aircraft: no folder above 1000 entries, runs of one group differ by one at most."""
    folder = SHARED / "aircraft-registry-tar1090"
    if not folder.is_dir():
        pytest.skip("the shared aircraft register is not here")
    source = {
        "format": "generic",
        "path": str(folder / "aircraft.csv.gz"),
        "type_table": str(folder / "icao_aircraft_types.json.gz"),
    }
    registry = RegistrySettings.model_validate({"sources": [source]})
    counts = build_registry(registry, tmp_path / "r.parquet").counts()
    assert counts.rows_in == 619_472
    assert counts.left == {"no_type": 112_198 + 12_379}  # the README's counts
    index = LeafIndex.load(tmp_path / "r.parquet", registry)
    rows = index.aircraft(2021)
    known = rows.filter(pl.col("aircraft_type") != "Unknown")
    addresses = known["icao24"].str.to_integer(base=16, dtype=pl.UInt32).to_numpy()
    sizes = np.bincount(index.leaf_codes(addresses, np.full(len(addresses), 2021, np.int16)))
    children = defaultdict(set)
    runs = defaultdict(list)
    for code, path in enumerate(index.paths):
        parts = path.split("/")
        for depth in range(len(parts)):
            children["/".join(parts[:depth])].add(parts[depth])
        if parts[1] != "Unknown":
            runs["/".join(parts[:3])].append(int(sizes[code]))
    assert max(map(len, children.values())) == 1000  # single-engine aircraft: 295,374, so 295 a leaf
    for group in runs.values():
        assert max(group) - min(group) <= 1
        assert min(group) >= 200 or len(group) == 1
    assert sum(map(sum, runs.values())) == known.height
