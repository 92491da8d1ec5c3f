"""The OpenSky aircraft database: both layouts, header lines and rows as published, and damaged lines.

Header of aircraftDatabase.csv (27 quoted columns, the first row empty) and of
aircraft-database-complete-YYYY-MM.csv (single quotes around some values) as public code quotes them, such as
Meisterschueler/ogn-monitoring (scripts/update_opensky.sql).
"""

import datetime as dt
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from tracks.registry.opensky import read_opensky

OLD = (
    '"icao24","registration","manufacturericao","manufacturername","model","typecode","serialnumber","linenumber",'
    '"icaoaircrafttype","operator","operatorcallsign","operatoricao","operatoriata","owner","testreg","registered",'
    '"reguntil","status","built","firstflightdate","seatconfiguration","engines","modes","adsb","acars","notes",'
    '"categoryDescription"\n'
)
NEW = (
    "'icao24','timestamp','acars','adsb','built','categoryDescription','country','engines','firstFlightDate',"
    "'firstSeen','icaoAircraftClass','lineNumber','manufacturerIcao','manufacturerName','model','modes','nextReg',"
    "'operator','operatorCallsign','operatorIata','operatorIcao','owner','prevReg','regUntil','registered',"
    "'registration','selCal','serialNumber','status','typecode','vdl'\n"
)
TABLE = {"A333": "L2J", "EC35": "H2T"}


def old(
    icao24="a1b2c3", name="Piper, Inc.", model="PA-28", code="P28A", kind="L1P", since="", until="", seats=""
):
    cells = [
        icao24,
        "N1",
        "PIPER",
        name,
        model,
        code,
        "1",
        "",
        kind,
        *[""] * 6,
        since,
        until,
        *[""] * 3,
        seats,
    ]
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells + [""] * (27 - len(cells))) + "\n"


def read(tmp_path, text, name="db.csv"):
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return read_opensky(tmp_path / name, TABLE)


@pytest.mark.parametrize("name", ["db.csv", "db.csv.gz"])
def test_the_older_layout(tmp_path, name):
    empty = ",".join(['""'] * 27) + "\n"  # the real file's first row
    register = read(tmp_path, OLD + empty + old(since="2020-01-31", until="31/10/2029", seats="4"), name)
    assert (register.rows_in, register.left, register.made) == (2, {"bad_address": 1}, {})
    (row,) = register.rows.to_dicts()
    assert row == {
        "icao24": "A1B2C3",
        "aircraft_type": "FixedWingSingleEngine",
        "manufacturer": "Piper, Inc.",
        "model": "PA-28",
        "seats": 4,
        "weight_class": None,
        "owner_type": None,
        "country": None,
        "valid_from": dt.date(2020, 1, 31),
        "valid_to": dt.date(2029, 10, 31),
        "source": "OPENSKY",
    }


def test_the_newer_layout(tmp_path):
    rows = (
        "'000000','2017-10-19 18:30:18',0,0,,'',,'',,,'','','','',unknow,0,'','','','','','','',,,'',,,,'',0",
        "'8a003c','2017-09-15 00:10:03',0,0,,'',,'',,,L2J,,AIRBUS,Airbus,A330 341,0,'',,,'',GIA,,'',,,PK-GPG,"
        "'','165','',A333,0",
        "'3c0001',,0,0,,,,,,,,,AIRBUS,,,0,,'O''Brien, Ltd',,'',,D'Arcy,,,,D-HABC,,,,ec35,0",
    )
    register = read(tmp_path, NEW + "\n".join(rows))
    assert (register.rows_in, register.left, register.made) == (3, {"no_type": 1}, {})
    columns = ["icao24", "aircraft_type", "manufacturer", "model"]
    assert register.rows.select(columns).rows() == [
        ("8A003C", "FixedWingMultiEngine", "Airbus", "A330 341"),
        ("3C0001", "Rotorcraft", "AIRBUS", "EC35"),
    ]


def test_damaged_lines_are_counted(tmp_path):
    """A stray quote runs two values together; a line ends early; an owner's name holds a line break."""
    stray = old().replace('"Piper, Inc."', '"Piper "Inc."')
    short = '"abcdef","N2"\n'
    broken = old(icao24="abcde1", name="two\nlines", code="XXXX", kind="")
    register = read(tmp_path, OLD + old() + short + stray + broken + old(icao24="abcde2", since="soon"))
    assert register.rows_in == 5
    assert register.left == {"wrong_fields": 1}
    assert register.made == {"unknown_designator": 1, "unreadable_date": 1}
    assert register.rows["icao24"].to_list() == ["A1B2C3", "A1B2C3", "ABCDE1", "ABCDE2"]


def test_a_quote_that_never_ends_is_one_clear_line(tmp_path):
    """It would swallow the rest of the file as one value, and its rows would be lost uncounted."""
    with pytest.raises(InputError, match=r"db.csv, line 3: a quoted value does not end"):
        read(tmp_path, OLD + old() + '"abcdef,' + "x\n" * 100)


@pytest.mark.parametrize(
    ("text", "problem"), [("", "is empty"), ('"icao24","model"\n', "column 'typecode' is missing")]
)
def test_another_file_is_one_clear_line(tmp_path, text, problem):
    with pytest.raises(InputError, match=problem):
        read(tmp_path, text)
    with pytest.raises(InputError, match="no such register"):
        read_opensky(tmp_path / "nothing.csv", TABLE)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL)))
def test_no_row_vanishes_whatever_the_quoted_cells_hold(tmp_path_factory, rows):
    text = OLD + "".join(old(*cells) for cells in rows)
    register = read(tmp_path_factory.mktemp("opensky"), text)
    assert register.rows_in == len(rows) == register.rows.height + sum(register.left.values())
    assert "wrong_fields" not in register.left
