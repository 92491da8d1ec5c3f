"""The FAA's registry: the real sample, and hand-made rows of both layouts of ACFTREF."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from tracks.registry.addresses import hex_from_octal
from tracks.registry.faa import read_faa

SAMPLE = Path(__file__).parents[3].parent / "shared" / "data" / "faa-registry-sample"
REFERENCE = "CODE,MFR,MODEL,TYPE-ACFT,TYPE-ENG,AC-CAT,BUILD-CERT-IND,NO-ENG,NO-SEATS,AC-WEIGHT,SPEED,"
OLD_MODEL = "2072435,CESSNA                        ,172N                ,4,1 ,1,0,01,004,CLASS 1,0105,"
MASTER = (
    "N-NUMBER,SERIAL NUMBER,MFR MDL CODE,ENG MFR MDL,TYPE REGISTRANT,CERT ISSUE DATE,TYPE AIRCRAFT,"
    "MODE S CODE,EXPIRATION DATE, KIT MODEL,MODE S CODE HEX,"
)


def write(folder, master, reference):
    """Write the two files with a byte-order mark and CRLF, as downloads have them."""
    folder.mkdir(exist_ok=True)
    for name, lines in (("MASTER.txt", master), ("ACFTREF.txt", reference)):
        (folder / name).write_bytes(("\ufeff" + "\r\n".join(lines) + "\r\n").encode())
    return folder


def aircraft(
    octal="53066322", address="AC6CD2    ", kind="4", code="2072435", since="20110810", until="20270831"
):
    return f"90   ,5817  ,{code},30069,3,{since},{kind},{octal},{until},    ,{address},"


def only_row(folder):
    (row,) = read_faa(folder).rows.to_dicts()
    return row


def test_a_row_of_the_11_field_layout(tmp_path):
    row = only_row(write(tmp_path / "faa", [MASTER, aircraft()], [REFERENCE, OLD_MODEL]))
    assert row == {
        "icao24": "AC6CD2",
        "aircraft_type": "FixedWingSingleEngine",
        "manufacturer": "CESSNA",
        "model": "172N",
        "seats": 4,
        "weight_class": "CLASS 1",
        "owner_type": "3",
        "country": "US",
        "valid_from": dt.date(2011, 8, 10),
        "valid_to": dt.date(2027, 8, 31),
        "source": "FAA",
    }


def test_the_13_field_layout_and_quotes_in_values(tmp_path):
    reference = [
        REFERENCE + "TC-DATA-SHEET,TC-DATA-HOLDER,",
        'X,DAL PORTO                     ,BABY ACE "D"        ,4,1 ,1,1,01,001,CLASS 1,0082,     ,      ,',
    ]
    row = only_row(write(tmp_path / "faa", [MASTER, aircraft(code="X")], reference))
    assert (row["manufacturer"], row["model"], row["seats"]) == ("DAL PORTO", 'BABY ACE "D"', 1)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("1", "Glider"),
        ("2", "Balloon"),
        ("3", "BlimpDirigible"),
        ("4", "FixedWingSingleEngine"),
        ("5", "FixedWingMultiEngine"),
        ("6", "Rotorcraft"),
        ("7", "WeightShiftControl"),
        ("8", "PoweredParachute"),
        ("9", "Gyroplane"),
        ("H", "Other"),
        ("O", "Other"),
        ("Z", "Unknown"),
        ("5 ", "FixedWingMultiEngine"),
        (" ", "FixedWingSingleEngine"),  # blank: the model's type
    ],
)
def test_type_codes(tmp_path, code, name):
    folder = write(tmp_path / "faa", [MASTER, aircraft(kind=code)], [REFERENCE, OLD_MODEL])
    assert only_row(folder)["aircraft_type"] == name


def test_a_model_that_the_reference_lacks_is_missing(tmp_path):
    row = only_row(write(tmp_path / "faa", [MASTER, aircraft(code="0000000")], [REFERENCE, OLD_MODEL]))
    assert row["aircraft_type"] == "FixedWingSingleEngine"
    assert {row[k] for k in ("manufacturer", "model", "seats", "weight_class")} == {None}


def test_blank_dates_are_missing(tmp_path):
    row = only_row(
        write(tmp_path / "faa", [MASTER, aircraft(since="        ", until="")], [REFERENCE, OLD_MODEL])
    )
    assert (row["valid_from"], row["valid_to"]) == (None, None)


def test_octal_addresses_serve_where_there_is_no_hexadecimal_one(tmp_path):
    folder = write(tmp_path / "faa", [MASTER, aircraft(address="          ")], [REFERENCE, OLD_MODEL])
    assert only_row(folder)["icao24"] == "AC6CD2"
    old = [MASTER.removesuffix("MODE S CODE HEX,"), aircraft().rsplit(",", 2)[0] + ","]
    assert only_row(write(tmp_path / "faa", old, [REFERENCE, OLD_MODEL]))["icao24"] == "AC6CD2"
    small = aircraft(octal="00000017", address="")
    assert only_row(write(tmp_path / "faa", [MASTER, small], [REFERENCE, OLD_MODEL]))["icao24"] == "00000F"


def test_what_leaves_is_counted(tmp_path):
    rows = [
        aircraft(),
        aircraft(octal="", address=""),
        aircraft(octal="89", address="XYZ"),
        aircraft(kind=" ", code="0000000"),
        aircraft(octal="53066323"),
    ]
    register = read_faa(write(tmp_path / "faa", [MASTER, *rows], [REFERENCE, OLD_MODEL]))
    assert register.rows_in == 5
    assert register.left == {"bad_address": 2, "no_type": 1}
    assert register.made == {"addresses_disagree": 1, "model_not_in_reference": 1}
    assert register.rows["icao24"].to_list() == ["AC6CD2", "AC6CD2"]


def test_a_missing_file_or_column_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        read_faa(tmp_path / "nothing")
    folder = write(tmp_path / "faa", [MASTER.replace("TYPE AIRCRAFT", "TYPE ACFT"), aircraft()], [REFERENCE])
    with pytest.raises(
        InputError, match=r"MASTER.txt: column 'TYPE AIRCRAFT' is missing \(did you mean 'TYPE"
    ):
        read_faa(folder)
    (folder / "MASTER.txt").unlink()
    with pytest.raises(InputError, match=r"MASTER.txt: no such file"):
        read_faa(folder)
    (folder / "MASTER.txt").write_text("")
    with pytest.raises(InputError, match=r"MASTER.txt: is empty"):
        read_faa(folder)


def test_a_truncated_line_is_named(tmp_path):
    """A download that broke off: the witness counts the lines by hand."""
    master = [MASTER, aircraft(), "", aircraft(), aircraft()[:30]]
    folder = write(tmp_path / "faa", master, [REFERENCE, OLD_MODEL])
    with pytest.raises(
        InputError, match=r"MASTER.txt, line 5: has 6 fields, the lines before have 12; is the"
    ):
        read_faa(folder)
    folder = write(tmp_path / "faa", [MASTER, aircraft()], [REFERENCE, OLD_MODEL, OLD_MODEL + "EXTRA,"])
    with pytest.raises(InputError, match=r"ACFTREF.txt, line 3: has 13 fields, the lines before have 12"):
        read_faa(folder)


def test_bytes_that_are_no_utf8_are_latin_1(tmp_path):
    folder = write(tmp_path / "faa", [MASTER, aircraft()], [REFERENCE, OLD_MODEL])
    reference = (folder / "ACFTREF.txt").read_bytes().replace(b"CESSNA", "AÉRO Ñ".encode("latin-1"))
    (folder / "ACFTREF.txt").write_bytes(reference)
    assert only_row(folder)["manufacturer"] == "AÉRO Ñ"


def test_a_date_that_is_none_is_missing_and_counted(tmp_path):
    rows = [aircraft(since="20230230"), aircraft(until="UNKNOWN"), aircraft()]
    register = read_faa(write(tmp_path / "faa", [MASTER, *rows], [REFERENCE, OLD_MODEL]))
    assert register.made == {"unreadable_date": 2}
    assert register.rows["valid_from"].null_count() == register.rows["valid_to"].null_count() == 1


FIELD = st.text(st.characters(codec="ascii", exclude_characters=",\r\n\x00"), max_size=12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(FIELD, FIELD, FIELD, FIELD, FIELD, FIELD)))
def test_no_row_vanishes_whatever_the_fields_hold(tmp_path_factory, rows):
    """Witness: int() of the trimmed octal or hexadecimal text."""
    folder = tmp_path_factory.mktemp("faa")
    lines = [aircraft(*fields) for fields in rows]
    register = read_faa(write(folder, [MASTER, *lines], [REFERENCE, OLD_MODEL]))
    assert register.rows_in == len(rows) == register.rows.height + sum(register.left.values())
    for address in register.rows["icao24"]:
        assert len(address) == 6
        assert int(address, 16) >= 0


def test_octal_addresses_of_the_whole_range():
    numbers = [*range(0, 1 << 24, 997), (1 << 24) - 1]
    frame = pl.DataFrame({"a": [f"{n:08o}" for n in numbers], "b": [f"{n:o}" for n in numbers]})
    for column in frame.columns:
        found = frame.select(hex_from_octal(column)).to_series().to_list()
        assert found == [f"{n:06X}" for n in numbers]


def test_the_real_sample():
    if not SAMPLE.is_dir():
        pytest.skip("the shared FAA sample is not here")
    register = read_faa(SAMPLE)
    assert (register.rows_in, register.left) == (25, {})
    assert register.made == {"model_not_in_reference": 25}  # as the sample's README says
    assert register.rows["source"].unique().to_list() == ["FAA"]
    lines = (SAMPLE / "MASTER.txt").read_bytes().decode().splitlines()[1:]
    fields = [[f.strip() for f in line.split(",")] for line in lines]  # witness: by position, by hand
    names = {"2": "Balloon", "4": "FixedWingSingleEngine", "5": "FixedWingMultiEngine", "6": "Rotorcraft"}
    assert (
        register.rows["icao24"].to_list()
        == [f[33] for f in fields]
        == [f"{int(f[21], 8):06X}" for f in fields]
    )
    assert register.rows["aircraft_type"].to_list() == [names[f[18]] for f in fields]
    assert [d.strftime("%Y%m%d") for d in register.rows["valid_from"]] == [f[16] for f in fields]
    assert [d.strftime("%Y%m%d") for d in register.rows["valid_to"]] == [f[29] for f in fields]
