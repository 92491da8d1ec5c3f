"""Registers as CSV: the registry's own columns, or type designators."""

import datetime as dt
import gzip
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.aircraft import AIRCRAFT_TYPES
from data_schemas.errors import InputError
from tracks.registry.doc8643 import aircraft_type, read_type_table
from tracks.registry.generic import read_generic

TABLE = {"C172": "L1P", "A320": "L2J", "EC35": "H2T", "GLID": "L0-", "V22": "R2T", "GANT": "L0T"}


def read(tmp_path, text, table=TABLE, name="r.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_generic(path, table)


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz"])
def test_designators_become_types(tmp_path, name):
    text = "icao24,registration,typecode\n3c6444 ,D-AIBD,a320\nABCDEF,,C172\nabcde1,,EC35\nabcde2,,GLID\n"
    register = read(tmp_path, text, name=name)
    assert register.rows["icao24"].to_list() == ["3C6444", "ABCDEF", "ABCDE1", "ABCDE2"]
    assert register.rows["aircraft_type"].to_list() == [
        "FixedWingMultiEngine",
        "FixedWingSingleEngine",
        "Rotorcraft",
        "Glider",
    ]
    assert register.rows["model"].to_list() == ["A320", "C172", "EC35", "GLID"]
    assert register.rows["source"].unique().to_list() == ["GENERIC"]


def test_what_leaves_and_what_is_unknown_is_counted(tmp_path):
    text = "icao24,typecode,seats\n12345,C172,\nGGGGGG,C172,\n,C172,\nABCDEF,,\nABCDE1,,4\nABCDE2,XXXX,\n"
    register = read(tmp_path, text)
    assert register.rows_in == 6
    assert register.left == {"bad_address": 3, "no_type": 1}
    assert register.made == {"unknown_designator": 1}
    assert register.rows.select("icao24", "aircraft_type", "seats", "model").rows() == [
        ("ABCDE1", "Unknown", 4, None),
        ("ABCDE2", "Unknown", None, "XXXX"),
    ]


def test_the_registry_tables_own_columns(tmp_path):
    text = (
        "icao24,aircraft_type,manufacturer,seats,country,valid_from,valid_to,source\n"
        "abcdef,Balloon,CAMERON,3,GB,2019-02-03,,CAA\n"
        "abcde1,,,12,,,2020-12-31,\n"
        "abcde2,Unknown,,,,,,\n"
    )
    register = read(tmp_path, text)
    first, second, third = register.rows.to_dicts()
    assert first == {
        "icao24": "ABCDEF",
        "aircraft_type": "Balloon",
        "manufacturer": "CAMERON",
        "model": None,
        "seats": 3,
        "weight_class": None,
        "owner_type": None,
        "country": "GB",
        "valid_from": dt.date(2019, 2, 3),
        "valid_to": None,
        "source": "CAA",
    }
    assert (second["aircraft_type"], second["seats"], second["source"]) == ("Unknown", 12, "GENERIC")
    assert second["valid_to"] == dt.date(2020, 12, 31)
    assert third["aircraft_type"] == "Unknown"


def test_a_column_description_with_free_text_is_not_a_description_code(tmp_path):
    register = read(tmp_path, "icao24,typecode,flags,description\nabcdef,A320,00,H2T\n")
    assert register.rows["aircraft_type"].to_list() == ["FixedWingMultiEngine"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("icao24,type\nabcdef,C172\n", r"column 'typecode' is missing"),
        ("address,typecode\nabcdef,C172\n", "column 'icao24' is missing"),
        (
            "icao24,aircraft_type\nabcdef,Rotorcaft\n",
            r"column 'aircraft_type', line 2: found 'Rotorcaft'.*'Rotorcraft'",
        ),
        ("icao24,typecode,seats\nabcdef,C172,4\nabcdef,C172,many\n", "column 'seats', line 3: found 'many'"),
        ("icao24,typecode,seats\nabcdef,C172,1000\n", "found '1000', expected a whole number up to 999"),
        (
            "icao24,typecode,valid_to\nabcdef,C172,31.12.2020\n",
            "column 'valid_to', line 2: found '31.12.2020'",
        ),
        ("", "is empty"),
        ("icao24,typecode\nabcdef,C172\nabcde1\n", "line 3: has 1 field, the lines before have 2"),
        ("icao24,typecode\nabcdef,C172,x\n", "line 2: has 3 fields"),
    ],
)
def test_bad_files_are_one_clear_line(tmp_path, text, problem):
    with pytest.raises(InputError, match=problem):
        read(tmp_path, text)


def test_a_missing_or_damaged_file_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="no such register"):
        read_generic(tmp_path / "nothing.csv", TABLE)
    (tmp_path / "r.csv.gz").write_bytes(b"icao24,typecode\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_generic(tmp_path / "r.csv.gz", TABLE)


@pytest.mark.parametrize(
    ("designator", "description", "expected"),
    [
        ("C172", "L1P", "FixedWingSingleEngine"),
        ("PC12", "L1T", "FixedWingSingleEngine"),
        ("B742", "L4J", "FixedWingMultiEngine"),
        ("DHC2", "S1P", "FixedWingSingleEngine"),
        ("CL2T", "A2T", "FixedWingMultiEngine"),
        ("EC35", "H2T", "Rotorcraft"),
        ("MM16", "G1P", "Gyroplane"),
        ("V22", "T2T", "Other"),
        ("V22", "R2T", "Other"),
        ("GANT", "LCT", "FixedWingMultiEngine"),
        ("GLID", "L0-", "Glider"),
        ("GLIM", "L1M", "Glider"),
        ("ULAC", "L0-", "Other"),
        ("BALL", "B0-", "Balloon"),
        ("SHIP", "B0-", "BlimpDirigible"),
        ("GYRO", None, "Gyroplane"),
        ("UHEL", None, "Rotorcraft"),
        ("PARA", None, "PoweredParachute"),
        ("DRON", "D0-", "Other"),
        ("ZZZZ", "-0-", "Unknown"),
        (None, "L1P", "FixedWingSingleEngine"),
        (None, "L0-", "Unknown"),
        ("P8 ?", None, "Unknown"),
        (None, "", "Unknown"),
    ],
)
def test_doc_8643(designator, description, expected):
    assert aircraft_type(designator, description) == expected


@given(st.none() | st.text(max_size=5), st.none() | st.text(max_size=4))
def test_any_designator_and_description_gives_a_known_type(designator, description):
    assert aircraft_type(designator, description) in AIRCRAFT_TYPES


def test_type_tables_of_both_forms(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"C172": "L1P"}))
    (tmp_path / "b.json.gz").write_bytes(
        gzip.compress(json.dumps({"C172": ["CESSNA 172", "L1P", "L"]}).encode())
    )
    assert (
        read_type_table(str(tmp_path / "a.json"))
        == read_type_table(str(tmp_path / "b.json.gz"))
        == {"C172": "L1P"}
    )
    assert read_type_table(None)["A320"] == "L2J"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("nonsense", "not a JSON file"),
        ("[1]", "not a table"),
        ('{"C172": 4}', "C172 has no description code"),
    ],
)
def test_a_bad_type_table_is_one_clear_line(tmp_path, content, problem):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=problem):
        read_type_table(str(tmp_path / "a.json"))
    with pytest.raises(InputError, match="no such table"):
        read_type_table(str(tmp_path / "b.json"))


HEX = st.text("0123456789abcdefABCDEF", min_size=6, max_size=6)


@given(
    rows=st.lists(
        st.tuples(HEX | st.text("0123456789abcdefgxyz ", max_size=8), st.sampled_from(["", "A320", "Q"]))
    )
)
def test_no_row_vanishes(tmp_path_factory, rows):
    """Witness: int() of the trimmed text, and the length."""
    path = tmp_path_factory.mktemp("generic") / "r.csv"
    pl.DataFrame(rows, schema=["icao24", "typecode"], orient="row").write_csv(path, quote_style="always")
    register = read_generic(path, TABLE)
    good = [
        a.strip().upper() for a, t in rows if t and len(a.strip()) == 6 and not set(a.strip()) & set("gxyz ")
    ]
    assert register.rows["icao24"].to_list() == good
    assert register.rows_in == len(rows) == register.rows.height + sum(register.left.values())
