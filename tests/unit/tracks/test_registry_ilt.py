"""The Dutch register, hand-made rows in the published layout.

Headings, the banner row, and values of Flag and Group as in the public repositories
anchildress1/metal-birds-feed (sources/nl-ilt.yaml, all 62 columns of the .ods) and BrentIO/SkyFollower
(nl-ilt); words of the older spreadsheet as in Airspace-Encounter-Models/em-core (RUN_iltacreg.m).
"""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from tests.unit.tracks.spreadsheets import write_ods, write_xlsx
from tracks.registry.ilt import read_ilt

COLUMNS = """Flag Registration Registered LatestOwnerChange PrevCountry PrevMark Manufacturer ManufacturedIn
Model Serial X-Ponder Built Group Configuration MTOM MLM ICAO-code Engines EngKind RegistrIssued RegistrExpiry
AirwExpiry""".split()  # noqa: SIM905  one a line would be a page
BANNER = {
    "Flag": "1 Info",
    "Registration": "Information",
    "Registered": "see the site",
    "X-Ponder": "address",
}
REIMS = {
    "Flag": "5 -",
    "Registration": "PH-ABA",
    "Registered": "2006-04-12",
    "Manufacturer": "Reims Aviation S.A.",
    "Model": "FR182",
    "X-Ponder": "4863DF",
    "Group": "Small aeroplane",
    "MTOM": "1406",
    "ICAO-code": "C82R",
    "Engines": "1",
    "AirwExpiry": "2021-05-26",
}
TABLE = {"C82R": "L1P", "A333": "L2J", "EC35": "H2T"}


def cells(values):
    return [values.get(name) for name in COLUMNS]


def sheet(*aircraft, notes=" [details=n][kolom=j][filter=j]"):
    heading = [name + notes for name in COLUMNS]
    return [heading, cells(BANNER), *(cells(REIMS | changes) for changes in aircraft)]


def read(tmp_path, *aircraft, name="register.ods"):
    write = write_ods if name.endswith(".ods") else write_xlsx
    write(tmp_path / name, sheet(*aircraft))
    return read_ilt(tmp_path / name, TABLE)


@pytest.mark.parametrize("name", ["register.ods", "register.xlsx"])
def test_a_row(tmp_path, name):
    register = read(tmp_path, {}, name=name)
    assert (register.rows_in, register.left, register.made) == (2, {"no_aircraft": 1}, {})
    assert register.rows.to_dicts() == [
        {
            "icao24": "4863DF",
            "aircraft_type": "FixedWingSingleEngine",
            "manufacturer": "Reims Aviation S.A.",
            "model": "FR182",
            "seats": None,
            "weight_class": "1406 kg",
            "owner_type": None,
            "country": "NL",
            "valid_from": dt.date(2006, 4, 12),
            "valid_to": None,
            "source": "ILT",
        }
    ]


def test_cells_that_are_numbers_and_dates(tmp_path):
    """Spreadsheet day 43831 is 2020-01-01; a whole number has no decimal point."""
    changes = {"X-Ponder": 484674, "Registered": ("date", 43831), "Engines": 2, "MTOM": 1157}
    (row,) = read(tmp_path, changes, name="register.xlsx").rows.to_dicts()
    assert (row["icao24"], row["valid_from"]) == ("484674", dt.date(2020, 1, 1))
    assert (row["aircraft_type"], row["weight_class"]) == ("FixedWingMultiEngine", "1157 kg")


@pytest.mark.parametrize(
    ("group", "engines", "designator", "expected"),
    [
        ("Small aeroplane", "1", None, "FixedWingSingleEngine"),
        ("Large aeroplane", "2", "A333", "FixedWingMultiEngine"),
        ("Large aeroplane", "-", "A333", "FixedWingMultiEngine"),  # left open: the designator says it
        ("Large aeroplane", "-", None, "Unknown"),
        ("Sailplane", "-", "GLID", "Glider"),
        ("Powered sailplane", "1", None, "Glider"),
        ("Balloon", "-", None, "Balloon"),
        ("Balloon (Hot Air)", "-", None, "Balloon"),
        ("Rotorcraft", "1", None, "Rotorcraft"),
        ("Micro light helicopter", "1", None, "Rotorcraft"),
        ("MLA, MLH", "1", None, "Other"),
        ("Micro Light Aeroplane", "1", None, "Other"),
        ("Powered Parachute (Paramoteur)", "1", None, "PoweredParachute"),
        ("Gyroplane", "1", None, "Gyroplane"),
        ("Turbo fan", "2", None, "FixedWingMultiEngine"),
        ("Something new", "1", "EC35", "Rotorcraft"),
        (None, "1", "EC35", "Rotorcraft"),
    ],
)
def test_groups(tmp_path, group, engines, designator, expected):
    register = read(tmp_path, {"Group": group, "Engines": engines, "ICAO-code": designator})
    assert register.rows["aircraft_type"].to_list() == [expected]


def test_what_leaves_is_counted(tmp_path):
    register = read(
        tmp_path,
        {"Flag": "2 Deregistered", "X-Ponder": None, "Registered": None},
        {"Group": "Drones", "Engines": "4", "Registration": "PH-1DA"},
        {"X-Ponder": None},
        {"Group": None, "ICAO-code": None},
        {"Registration": None},
        {"Registered": "soon", "RegistrExpiry": "2030-01-31", "ICAO-code": "XXXX"},
    )
    assert register.left == {"bad_address": 1, "deregistered": 1, "no_aircraft": 2, "no_type": 1}
    assert register.made == {"unknown_designator": 1, "unreadable_date": 1}
    drone, last = register.rows.to_dicts()
    assert (drone["aircraft_type"], drone["seats"]) == ("Other", 0)
    assert (last["valid_from"], last["valid_to"]) == (None, dt.date(2030, 1, 31))


def test_a_csv_export(tmp_path):
    lines = [";".join(f'"{cell or ""}"' for cell in row) for row in sheet({"Registered": "12-04-2006"})]
    (tmp_path / "register.csv").write_text("\n".join(lines) + "\n")
    (row,) = read_ilt(tmp_path / "register.csv", TABLE).rows.to_dicts()
    assert (row["icao24"], row["valid_from"]) == ("4863DF", dt.date(2006, 4, 12))


def test_a_file_that_is_none_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="no such register"):
        read_ilt(tmp_path / "register.ods", TABLE)
    (tmp_path / "register.ods").write_text("no zip")
    with pytest.raises(InputError, match=r"register.ods: not a spreadsheet .*; expected the .xlsx or .ods"):
        read_ilt(tmp_path / "register.ods", TABLE)
    write_xlsx(tmp_path / "a.xlsx", [["Mark", "Model"], ["PH-ABA", "FR182"]])
    with pytest.raises(InputError, match="no column 'Registration' in its first 10 rows"):
        read_ilt(tmp_path / "a.xlsx", TABLE)
    write_xlsx(tmp_path / "a.xlsx", [[name.replace("X-Ponder", "Xponder") for name in COLUMNS]])
    with pytest.raises(InputError, match=r"column 'X-Ponder' is missing \(did you mean 'Xponder'"):
        read_ilt(tmp_path / "a.xlsx", TABLE)
    write_xlsx(tmp_path / "a.xlsx", [])
    with pytest.raises(InputError, match="sheet is empty"):
        read_ilt(tmp_path / "a.xlsx", TABLE)


CELL = st.none() | st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(REIMS, CELL)), min_size=1, max_size=5))
def test_no_row_vanishes_whatever_the_cells_hold(tmp_path_factory, aircraft):
    register = read(tmp_path_factory.mktemp("ilt"), *aircraft)
    assert register.rows_in == len(aircraft) + 1 == register.rows.height + sum(register.left.values())
