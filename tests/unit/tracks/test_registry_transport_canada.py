"""Transport Canada's register, hand-made rows in the published layout.

Layout: 47 fields in double quotes, no header, Windows-1252, `N rows selected.` at the end; carslayout.txt has
an ordinal, the name twice, an Oracle type and a description a line. As told by the parsers of the public
repositories Airspace-Encounter-Models/em-core (RUN_tcacreg.m: fields 5, 8, 11, 18, 22 to 24, 43) and
anchildress1/metal-birds-feed (sources/tc-ca.yaml: all 47 names).
"""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from tracks.registry.transport_canada import read_transport_canada

NAMES = {  # by place, counted from 1
    5: "MODEL_NAME",
    4: "COMMON_NAME",
    8: "ID_PLATE_MANUFACTURERS_NAME",
    11: "AIRCRAFT_CATEGORY_E",
    18: "NUMBER_OF_ENGINES",
    19: "NUMBER_OF_SEATS",
    20: "AIR_WEIGHT_KILOS",
    22: "ISSUE_DATE",
    23: "EFFECTIVE_DATE",
    24: "INEFFECTIVE_DATE",
    43: "MODE_S_TRANSPONDER_BINARY",
    47: "TRIMMED_MARK",
}
PIPER = {
    "COMMON_NAME": "Piper",
    "MODEL_NAME": "PA-28-235 ",
    "ID_PLATE_MANUFACTURERS_NAME": "Piper Aircraft, Inc.",
    "AIRCRAFT_CATEGORY_E": "Aeroplane",
    "NUMBER_OF_ENGINES": "1",
    "NUMBER_OF_SEATS": "4",
    "AIR_WEIGHT_KILOS": "1315",
    "ISSUE_DATE": "2002/05/17",
    "EFFECTIVE_DATE": "1993/05/03",
    "INEFFECTIVE_DATE": "",
    "MODE_S_TRANSPONDER_BINARY": "110000000000000000000011",
    "TRIMMED_MARK": "AAC",
}


def line(values, places=NAMES, width=47):
    fields = [values.get(places.get(place, ""), "") for place in range(1, width + 1)]
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields)


def write(folder, *aircraft, end="\r\n\r\n{} rows selected.\r\n", **other):
    folder.mkdir(exist_ok=True)
    lines = [line(PIPER | changes) for changes in aircraft]
    text = "\r\n".join(lines) + end.format(len(lines))
    (folder / "carscurr.txt").write_bytes(text.encode("cp1252"))
    for name, content in other.items():
        (folder / f"{name}.txt").write_text(content, encoding="cp1252")
    return folder


def test_a_row(tmp_path):
    register = read_transport_canada(write(tmp_path, {}))
    assert (register.rows_in, register.left, register.made) == (1, {}, {})
    assert register.rows.to_dicts() == [
        {
            "icao24": "C00003",
            "aircraft_type": "FixedWingSingleEngine",
            "manufacturer": "Piper Aircraft, Inc.",
            "model": "PA-28-235",
            "seats": 4,
            "weight_class": "1315 kg",
            "owner_type": None,
            "country": "CA",
            "valid_from": dt.date(1993, 5, 3),
            "valid_to": None,
            "source": "TC",
        }
    ]


@pytest.mark.parametrize(
    ("category", "engines", "expected"),
    [
        ("Aeroplane", "1", "FixedWingSingleEngine"),
        ("Aeroplane", "2", "FixedWingMultiEngine"),
        ("Aeroplane", "4", "FixedWingMultiEngine"),
        ("Aeroplane", "0", "FixedWingSingleEngine"),  # as the published parser
        ("Aeroplane", "", "Unknown"),
        ("Helicopter", "2", "Rotorcraft"),
        ("Glider", "1", "Glider"),
        ("Balloon", "0", "Balloon"),
        ("Gyroplane", "1", "Gyroplane"),
        ("Airship", "2", "BlimpDirigible"),
        ("Ornithopter", "", "Other"),
        ("Spaceship", "1", "Unknown"),
    ],
)
def test_categories(tmp_path, category, engines, expected):
    changes = {"AIRCRAFT_CATEGORY_E": category, "NUMBER_OF_ENGINES": engines}
    assert read_transport_canada(write(tmp_path, changes)).rows["aircraft_type"].to_list() == [expected]


def test_what_is_blank_odd_or_french(tmp_path):
    register = read_transport_canada(
        write(
            tmp_path,
            {"ID_PLATE_MANUFACTURERS_NAME": "", "COMMON_NAME": 'Avions "Québec"', "NUMBER_OF_SEATS": "0"},
            {"EFFECTIVE_DATE": "", "INEFFECTIVE_DATE": "2018/12/31", "AIR_WEIGHT_KILOS": ""},
            {"EFFECTIVE_DATE": "2018/31/12", "NUMBER_OF_SEATS": "many"},
            {"MODE_S_TRANSPONDER_BINARY": "C00003"},
            {"MODE_S_TRANSPONDER_BINARY": ""},
            {"AIRCRAFT_CATEGORY_E": "", "NUMBER_OF_SEATS": ""},
        )
    )
    assert register.left == {"bad_address": 2, "no_type": 1}
    assert register.made == {"unreadable_date": 1}
    first, second, third = register.rows.to_dicts()
    assert (first["manufacturer"], first["seats"]) == ('Avions "Québec"', None)
    assert (second["valid_from"], second["valid_to"]) == (dt.date(2002, 5, 17), dt.date(2018, 12, 31))
    assert second["weight_class"] is None
    assert (third["valid_from"], third["seats"]) == (dt.date(2002, 5, 17), None)


def layout(aircraft=47, places=NAMES):
    """The layout file: the two files, each with its fields; a longer carscurr.txt where asked."""
    current = [places.get(place, f"FIELD_{place}") for place in range(1, aircraft + 1)]
    owners = {1: "MARK_LINK", 12: "TYPE_OF_OWNER_E", 20: "TRIMMED_MARK"}
    owner = [owners.get(place, f"OWNER_{place}") for place in range(1, 21)]
    rows = ["TABLE LAYOUT OF THE DOWNLOAD", "", "   1 CARSCURR.TXT  CARSCURR.TXT  FILE  aircraft"]
    rows += [f"{n:4d} {name}  {name}  VARCHAR2(10)  about {name}" for n, name in enumerate(current, 2)]
    rows += ["  49 CARSOWNR.TXT  CARSOWNR.TXT  FILE  owners"]
    rows += [f"{n:4d} {name}  {name}  DATE  about it" for n, name in enumerate(owner, 50)]
    return "\n".join(rows) + "\n\n69 rows selected.\n"


def test_the_layout_file_places_the_fields(tmp_path):
    moved = {place + (place > 10): name for place, name in NAMES.items()}  # a field came in before the 11th
    folder = write(tmp_path, {}, carslayout=layout())
    assert read_transport_canada(folder).rows["icao24"].to_list() == ["C00003"]
    (folder / "carslayout.txt").write_text(layout(48, moved))
    with pytest.raises(InputError, match=r"carscurr.txt: line 1 has 47 fields, the layout has 48"):
        read_transport_canada(folder)
    (folder / "carscurr.txt").write_text(line(PIPER, moved, 48) + "\n")
    assert read_transport_canada(folder).rows["icao24"].to_list() == ["C00003"]
    (folder / "carslayout.txt").write_text(layout().replace("ISSUE_DATE", "ISSUED"))
    with pytest.raises(InputError, match=r"'ISSUE_DATE' is missing \(did you mean 'ISSUED'"):
        read_transport_canada(folder)
    (folder / "carslayout.txt").write_text("nothing\n")
    with pytest.raises(InputError, match=r"carslayout.txt: describes 0 files"):
        read_transport_canada(folder)


def test_the_kinds_of_owner(tmp_path):
    places = {12: "TYPE_OF_OWNER_E", 20: "TRIMMED_MARK"}
    owners = [("AAC", "Individual"), ("AAC", "Individual"), ("FABC", "Entity"), ("FABC", "Individual")]
    rows = [line({"TRIMMED_MARK": mark, "TYPE_OF_OWNER_E": kind}, places, 20) for mark, kind in owners]
    text = "\n".join(rows) + "\n\n4 rows selected.\n"
    folder = write(tmp_path, {}, {"TRIMMED_MARK": "FABC"}, {"TRIMMED_MARK": "GXYZ"}, carsownr=text)
    kinds = read_transport_canada(folder).rows["owner_type"].to_list()
    assert kinds == ["Individual", "Entity, Individual", None]


def test_a_file_that_broke_off_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"carscurr.txt: no such file; expected the folder"):
        read_transport_canada(tmp_path)
    write(tmp_path, {}, {}, end="\n\n3 rows selected.\n")
    with pytest.raises(InputError, match="holds 2 rows, its last line says 3; download it anew"):
        read_transport_canada(tmp_path)
    write(tmp_path, {}, {}, end="\n" + line(PIPER)[:60])
    with pytest.raises(InputError, match=r"carscurr.txt, line 3: has \d+ fields, the lines before have 47"):
        read_transport_canada(tmp_path)
    write(tmp_path, {}, end="")
    assert read_transport_canada(tmp_path).rows_in == 1


TEXT = st.text(st.characters(codec="cp1252", exclude_characters="\x00"), max_size=8)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "MODEL_NAME": TEXT,
                "NUMBER_OF_SEATS": TEXT,
                "AIRCRAFT_CATEGORY_E": TEXT,
                "EFFECTIVE_DATE": TEXT,
                "MODE_S_TRANSPONDER_BINARY": st.text("01", min_size=23, max_size=25),
            },
        ),
        min_size=1,
    )
)
def test_no_row_vanishes_whatever_the_fields_hold(tmp_path_factory, aircraft):
    """Witness: int() of the binary text."""
    register = read_transport_canada(write(tmp_path_factory.mktemp("tc"), *aircraft))
    codes = [row.get("MODE_S_TRANSPONDER_BINARY", PIPER["MODE_S_TRANSPONDER_BINARY"]) for row in aircraft]
    assert register.rows_in == len(aircraft) == register.rows.height + sum(register.left.values())
    if "no_type" not in register.left:
        good = [f"{int(code, 2):06X}" for code in codes if len(code) == 24]
        assert register.rows["icao24"].to_list() == good
