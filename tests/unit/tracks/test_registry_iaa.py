"""The Irish register, hand-made rows in the published layout.

Places of the columns, words of the kinds, `N/A` for no transponder and the total at the end as the published
parser has them: Airspace-Encounter-Models/em-core, RUN_iaaacreg.m (31-may-2020.xlsx).
"""

import datetime as dt

import pytest

from data_schemas.errors import InputError
from tests.unit.tracks.spreadsheets import write_xlsx
from tracks.registry.iaa import read_iaa

HEADING = [
    "Reg",
    "Manufacturer",
    "Model",
    "Type",
    "Date",
    "Serial",
    "Built",
    "MTOW",
    "Mode S",
    "a",
    "b",
    "Engines",
]
TOTAL = [[None] * 12, [None] * 12, ["TOTAL", "1,431"] + [None] * 10]


def aircraft(mark="EI-DCF", kind="LAND AEROPLANE", date="31/05/2004", address="4CA23B", engines=2):
    return [mark, "BOEING", "737-8AS", kind, date, "33804", 2004, 78999, address, None, None, engines]


def read(tmp_path, *rows):
    write_xlsx(tmp_path / "a.xlsx", [HEADING, *rows, *TOTAL])
    return read_iaa(tmp_path / "a.xlsx")


def test_a_row(tmp_path):
    register = read(tmp_path, aircraft())
    assert (register.rows_in, register.left, register.made) == (5, {"no_aircraft": 4}, {})
    assert register.rows.to_dicts() == [
        {
            "icao24": "4CA23B",
            "aircraft_type": "FixedWingMultiEngine",
            "manufacturer": "BOEING",
            "model": "737-8AS",
            "seats": None,
            "weight_class": None,
            "owner_type": None,
            "country": "IE",
            "valid_from": dt.date(2004, 5, 31),
            "valid_to": None,
            "source": "IAA",
        }
    ]


@pytest.mark.parametrize(
    ("kind", "engines", "expected"),
    [
        ("LAND AEROPLANE", 1, "FixedWingSingleEngine"),
        ("HOMEBUILD / LAND AEROPLANE", 1, "FixedWingSingleEngine"),
        ("AMPHIBIAN", 2, "FixedWingMultiEngine"),
        ("HOMEBUILD / AMPHIBIAN", 1, "FixedWingSingleEngine"),
        ("LAND AEROPLANE", None, "Unknown"),
        ("BALLOON", None, "Balloon"),
        ("SAILPLANE", 0, "Glider"),
        ("HOMEBUILD / SAILPLANE", 0, "Glider"),
        ("POWERED GLIDER", 1, "Glider"),
        ("GYROCOPTER", 1, "Gyroplane"),
        ("HOMEBUILD / GYROCOPTER", 1, "Gyroplane"),
        ("MICROLIGHT", 1, "Other"),
        ("HOMEBUILD / MICROLIGHT", 1, "Other"),
        ("POWER PARAGLIDER", 1, "PoweredParachute"),
        ("ROTORCRAFT", 2, "Rotorcraft"),
    ],
)
def test_kinds(tmp_path, kind, engines, expected):
    assert read(tmp_path, aircraft(kind=kind, engines=engines)).rows["aircraft_type"].to_list() == [expected]


def test_what_leaves_is_counted(tmp_path):
    register = read(
        tmp_path,
        aircraft(date=("date", 43831)),  # 2020-01-01 in a date cell
        aircraft(address="N/A"),
        aircraft(kind=None),
        aircraft(mark="EJ-ABCD", date="unknown"),
    )
    assert register.left == {"bad_address": 1, "no_aircraft": 4, "no_type": 1}
    assert register.made == {"unreadable_date": 1}
    assert register.rows["valid_from"].to_list() == [dt.date(2020, 1, 1), None]


def test_a_csv_export_reads_the_same(tmp_path):
    spreadsheet = read(tmp_path, aircraft(), aircraft(kind="BALLOON", engines=None))
    rows = [HEADING, aircraft(), aircraft(kind="BALLOON", engines=None), *TOTAL]
    lines = [",".join(f'"{"" if cell is None else cell}"' for cell in row) for row in rows]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    export = read_iaa(tmp_path / "a.csv")
    assert export.rows.equals(spreadsheet.rows)
    assert (export.rows_in, export.left) == (spreadsheet.rows_in, spreadsheet.left)


def test_another_spreadsheet_is_one_clear_line(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", [["Mark", "Model"], ["EI-DCF", "737"]])
    with pytest.raises(InputError, match="has 2 columns, the Irish register has 12 or more; expected mark,"):
        read_iaa(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"no mark EI-... in column 1"):
        read(tmp_path, aircraft(mark="G-EZTH"))
    with pytest.raises(InputError, match="no Mode S address in column 9"):
        read(tmp_path, aircraft(address=None))
