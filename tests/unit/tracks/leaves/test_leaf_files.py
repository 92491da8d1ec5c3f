"""Leaves cut by what was seen, leaves that stay as they are, and the files that say so."""

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_schemas.config import LeafSettings, RegistrySettings
from data_schemas.errors import InputError
from data_schemas.tables.leaves import ACTIVITY, LEAVES
from tests.unit.tracks.leaves.registers import aircraft, bounds, entries, index_of, leaf_of, write_registry
from tracks.leaves import (
    LeafIndex,
    count_activity,
    leaf_loads,
    leaves_digest,
    leaves_of_archive,
    leaves_of_years,
    summary,
    write_leaves,
)

GLIDERS = [aircraft(a, seats=1) for a in range(100)]
FOLDER = "2021/Glider/Seats_1_10"


def write_activity(path, rows):
    pq.write_table(pa.table(dict(zip(("icao24", "rows"), zip(*rows, strict=True), strict=True))), path)
    return str(path)


def ranges(index, folder, year=2021):
    leaf_of(index, 0, year)
    return [bounds(path) for path in index.paths if path.startswith(folder + "/")]


def test_busy_aircraft_get_leaves_of_their_own(tmp_path):
    """100 gliders, four leaves; of 1000 rows seen the first glider has 700 and the last 300."""
    seen = write_activity(tmp_path / "a.parquet", [("000000", 700), ("000063", 300)])
    index = index_of(tmp_path, GLIDERS, hours_per_leaf=25, unknown_leaves=1, activity=seen, expected_share=0)
    # All 125 expected hours go by rows: 87.5 h and 37.5 h, wished 25 h a leaf: five leaves.
    found = ranges(index, FOLDER)
    assert found[0] == (0, 0)
    assert found[-1] == (99, (1 << 24) - 1)
    assert len(found) == 5
    loads = leaf_loads(index, 2021).filter(folder="Glider/Seats_1_10")["hours"].to_list()
    assert loads == pytest.approx([87.5, 0, 0, 0, 37.5])


def test_aircraft_not_seen_keep_their_share_of_what_is_expected(tmp_path):
    """Share 0.2 of (100 + 25) h: 0.2 h for each glider, the other 100 h for the one that was seen."""
    seen = write_activity(tmp_path / "a.parquet", [("00000a", 5), ("00000A", 15)])
    more = {"activity": seen, "expected_share": 0.2}
    index = index_of(tmp_path, GLIDERS, hours_per_leaf=25, unknown_leaves=1, **more)
    loads = leaf_loads(index, 2021).group_by("folder").agg(pl.col("hours").sum())
    assert dict(loads.iter_rows()) == pytest.approx(
        {"Glider/Seats_1_10": 0.2 * 100 + 100, "Unknown/Seats_NaN_NaN": 0.2 * 25}, rel=0.002
    )
    assert (10, 10) in ranges(index, FOLDER)


def test_unknown_addresses_are_cut_by_what_was_seen(tmp_path):
    seen = write_activity(tmp_path / "a.parquet", [(f"{a:06X}", 10) for a in range(0x800000, 0x800040)])
    index = index_of(tmp_path, [], hours_per_leaf=1, unknown_leaves=64, activity=seen, expected_share=0.01)
    found = ranges(index, "2021/Unknown/Seats_NaN_NaN")
    assert len(found) == 64
    assert sum(0x800000 <= first < 0x800040 for first, _ in found) >= 62  # all but empty ranges around


def test_activity_without_rows_changes_nothing(tmp_path):
    seen = write_activity(tmp_path / "a.parquet", [("000000", 0)])
    plain = index_of(tmp_path, GLIDERS, hours_per_leaf=25)
    assert ranges(plain, FOLDER) == ranges(
        index_of(tmp_path, GLIDERS, hours_per_leaf=25, activity=seen), FOLDER
    )


def test_activity_may_be_csv(tmp_path):
    (tmp_path / "a.csv").write_text("icao24,rows\n000000,700\n000063,300\n")
    index = index_of(tmp_path, GLIDERS, hours_per_leaf=25, activity=str(tmp_path / "a.csv"))
    assert ranges(index, FOLDER)[0] == (0, 0)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("00000G", 1)], ["column 'icao24', row 1", "found '00000G'", "six hexadecimal digits"]),
        ([("000000", 1), ("000001", -1)], ["column 'rows', row 2", "found -1"]),
    ],
)
def test_wrong_activity_is_one_clear_line(tmp_path, rows, words):
    given_settings = LeafSettings(activity=write_activity(tmp_path / "a.parquet", rows))
    with pytest.raises(InputError) as caught:
        leaves_digest(given_settings)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("setting", "content", "problem"),
    [
        ("activity", None, "no such file of activity"),
        ("activity", b"nonsense", "not a Parquet or .csv file of activity"),
        ("fixed", None, "no such file of leaves"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path, setting, content, problem):
    if content:
        (tmp_path / "f").write_bytes(content)
    with pytest.raises(InputError, match=problem):
        leaves_digest(LeafSettings(**{setting: str(tmp_path / "f")}))


def test_the_digest_is_of_contents_not_of_names(tmp_path):
    one, other = (write_activity(tmp_path / name, [("000000", 7)]) for name in ("a.parquet", "b.parquet"))
    assert leaves_digest(LeafSettings(activity=one)) == leaves_digest(LeafSettings(activity=other))
    write_activity(tmp_path / "b.parquet", [("000000", 8)])
    plain, half = LeafSettings(), LeafSettings(hours_per_leaf=10_000)
    digests = {leaves_digest(each) for each in (plain, half, LeafSettings(activity=one))}
    assert len(digests | {leaves_digest(LeafSettings(activity=other))}) == 4


def test_activity_is_counted_from_parquet_files_of_addresses(tmp_path):
    text = pa.array(["A00001", "A00002", "A00001"])
    for name, column in (("one", text.dictionary_encode()), ("sub/two", text), ("sub/none", text[:0])):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"icao24": column}), tmp_path / f"{name}.parquet")
    assert count_activity([tmp_path], tmp_path / "out" / "a.parquet") == (2, 6)
    table = pq.read_table(tmp_path / "out" / "a.parquet")
    assert table.schema.equals(ACTIVITY.schema())
    assert table.to_pydict() == {"icao24": ["A00001", "A00002"], "rows": [4, 2]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "no Parquet files here"), (b"x", "not a Parquet file"), ({"a": [1]}, "has no column icao24")],
)
def test_what_has_no_addresses_is_refused(tmp_path, content, problem):
    if isinstance(content, bytes):
        (tmp_path / "f.parquet").write_bytes(content)
    elif content:
        pq.write_table(pa.table(content), tmp_path / "f.parquet")
    with pytest.raises(InputError, match=problem):
        count_activity([tmp_path], tmp_path / "out")


def fixed(tmp_path, index, years=(2021,)):
    write_leaves(leaves_of_years(index, years), tmp_path / "leaves.parquet")
    return str(tmp_path / "leaves.parquet")


def test_fixed_leaves_stay_when_register_and_settings_change(tmp_path):
    before = index_of(tmp_path, GLIDERS, hours_per_leaf=25, unknown_leaves=3)
    leaves = {address: leaf_of(before, address, 2021) for address in range(100)}
    file = fixed(tmp_path, before)
    grown = [*GLIDERS, *(aircraft(a, seats=1) for a in range(500, 900)), aircraft(7000, "Balloon")]
    after = index_of(tmp_path, grown, hours_per_leaf=5, unknown_leaves=64, fixed=file)
    assert {address: leaf_of(after, address, 2021) for address in range(100)} == leaves
    assert leaf_of(after, 600, 2021) == leaves[99]
    assert leaf_of(after, 300, 2021) == leaf_of(before, 300, 2021)  # in no register
    assert leaf_of(after, 7000, 2021) == "2021/Balloon/Seats_NaN_NaN/000000_FFFFFF"  # new
    assert len(ranges(after, "2022/Glider/Seats_1_10", 2022)) == 100  # a year that the file does not name
    assert "Glider/Seats_1_10" in summary(after, 2021)


def test_fixed_leaves_may_be_of_folders_that_the_register_no_longer_fills(tmp_path):
    file = fixed(tmp_path, index_of(tmp_path, GLIDERS))
    index = index_of(tmp_path, [], fixed=file)
    assert leaf_of(index, 5, 2021).startswith("2021/Unknown/")
    assert leaf_loads(index, 2021).filter(folder="Glider/Seats_1_10").rows() == [
        ("Glider/Seats_1_10", 0, 0.0)
    ]


@pytest.mark.parametrize(
    ("leaves", "problem"),
    [
        ([("000001", "FFFFFF")], "do not follow each other"),
        ([("000000", "000009"), ("00000B", "FFFFFF")], "do not follow each other"),
        ([("000000", "00000A"), ("00000A", "FFFFFF")], "do not follow each other"),
        ([("000000", "FFFFFE")], "do not follow each other"),
        ([(f"{a:06X}", f"{a:06X}") for a in range(1001)], "1001 leaves"),
    ],
)
def test_fixed_leaves_that_leave_addresses_out_are_refused(tmp_path, leaves, problem):
    rows = [(2021, "Glider", "Seats_1_10", first, last) for first, last in leaves]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(LEAVES.names), orient="row")
    write_leaves(frame, tmp_path / "leaves.parquet")
    with pytest.raises(InputError, match=problem) as caught:
        leaves_digest(LeafSettings(fixed=str(tmp_path / "leaves.parquet")))
    assert "2021/Glider/Seats_1_10" in str(caught.value)


def write_leaf(archive, leaf, rows=1):
    (archive / leaf).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"icao24": ["000000"] * rows}), archive / f"{leaf}.parquet")


def test_leaves_of_an_archive_keep_their_ranges_and_fill_what_lies_between(tmp_path):
    for leaf in ("000010_00001F", "000020_00002F", "100000_1FFFFF"):
        write_leaf(tmp_path, f"{FOLDER}/{leaf}")
    write_leaf(tmp_path, f"{FOLDER}/000000_FFFFFF", rows=0)  # emptied when leaves were cut anew
    write_leaf(tmp_path, "2020/Unknown/Seats_NaN_NaN/000000_FFFFFF")
    leaves = leaves_of_archive(tmp_path)
    assert leaves.filter(year=2021).select("first", "last").rows() == [
        ("000000", "00000F"),
        ("000010", "00001F"),
        ("000020", "00002F"),
        ("000030", "0FFFFF"),
        ("100000", "1FFFFF"),
        ("200000", "FFFFFF"),
    ]
    write_leaves(leaves, tmp_path / "l.parquet")
    index = index_of(tmp_path, GLIDERS, fixed=str(tmp_path / "l.parquet"))
    assert leaf_of(index, 0x15, 2021) == f"{FOLDER}/000010_00001F"
    assert leaf_of(index, 0x15, 2020) == "2020/Glider/Seats_1_10/000000_FFFFFF"


def test_an_archive_with_overlapping_leaves_or_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="no archived leaves"):
        leaves_of_archive(tmp_path)
    write_leaf(tmp_path, f"{FOLDER}/000010_00001F")
    write_leaf(tmp_path, f"{FOLDER}/00001F_FFFFFF")
    with pytest.raises(InputError, match=r"000010_00001F and .*00001F_FFFFFF overlap"):
        leaves_of_archive(tmp_path)
    write_leaf(tmp_path, f"{FOLDER}/notes")
    with pytest.raises(InputError, match="no leaf, whose name is"):
        leaves_of_archive(tmp_path)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    registered=st.sets(st.integers(0, 400), max_size=60),
    seen=st.dictionaries(st.integers(0, 400), st.integers(0, 10**9), max_size=60),
    later=st.sets(st.integers(0, 400), max_size=60),
    share=st.sampled_from([0.0, 0.1, 1.0]),
    per_leaf=st.floats(0.1, 50),
)
def test_any_activity_gives_leaves_that_can_be_kept(tmp_path, registered, seen, later, share, per_leaf):
    more = {"hours_per_leaf": per_leaf, "expected_share": share}
    if seen:
        rows = [(f"{a:06X}", n) for a, n in seen.items()]
        more["activity"] = write_activity(tmp_path / "a.parquet", rows)
    index = index_of(tmp_path, [aircraft(a) for a in registered], **more)
    file = fixed(tmp_path, index)  # reading it again checks that ranges tile the addresses
    kept = LeafIndex.load(
        write_registry(tmp_path / "later.parquet", [aircraft(a) for a in later]),
        RegistrySettings(leaves=LeafSettings(fixed=file)),
    )
    before, after = (leaf_codes(each) for each in (index, kept))
    both = [address for address in range(401) if (address in registered) == (address in later)]
    assert [before[address] for address in both] == [after[address] for address in both]
    assert max(map(len, entries(index.paths).values())) <= 1000


def leaf_codes(index):
    codes = index.leaf_codes(np.arange(401, dtype=np.uint32), np.full(401, 2021, np.int16))
    return [index.paths[code] for code in codes]
