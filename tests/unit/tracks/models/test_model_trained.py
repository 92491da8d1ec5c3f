"""Models that are added: weeks apart give the model of both, what cannot be added is refused."""

import json

import numpy as np
import pytest

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from tests.unit.tracks.models.test_model_task import stored, table, trained
from tracks.models.task import build_models
from tracks.models.trained import add_models, read_trained
from workflow.cli.main import main

DAY = 86_400
WEEK = 7 * DAY
FIRST = [("0A0001", 1, 1000, 60, 1200), ("ABCDEF", 1, 3 * DAY, 80, 1200)]
SECOND = [("0A0001", 2, WEEK + 500, 90, 1200), ("C00001", 1, WEEK + DAY, 50, 7000)]
MODELS = (ModelSettings(name="m", variables=("G", "L", "v", "dv", "dh"), squawks=("all", "1200only")),)
FILE = "m_all_Rotorcraft.txt"


def built(folder, *weeks, models=MODELS, base=None):
    """Models of weeks of tracks, a leaf each; the rows of a week do not depend on the others."""
    for i, segments in enumerate(weeks):
        stored(folder / "tracks", f"leaf{i}", table(segments, seed=len(segments) + segments[0][2]))
    tasks, _ = trained(folder / "tracks", folder, models)
    build_models([folder / t.output for t in tasks], folder / "models", models, base)
    return folder / "models"


def facts_of(path):
    return json.loads(path.with_suffix(".json").read_text())


@pytest.fixture
def weeks(tmp_path):
    return [
        built(tmp_path / "1", FIRST),
        built(tmp_path / "2", SECOND),
        built(tmp_path / "both", FIRST, SECOND),
    ]


def test_models_of_two_weeks_add_up_to_the_model_of_both(weeks, tmp_path, capsys):
    first, second, both = weeks
    out = tmp_path / "sum.txt"
    for order in ((first, second), (second, first)):
        assert main(["models", "add", *(str(folder / FILE) for folder in order), "--out", str(out)]) == 0
        assert out.read_bytes() == (both / FILE).read_bytes()
        total, expected = facts_of(out), facts_of(both / FILE)
        assert (total.pop("file"), expected.pop("file")) == ("sum.txt", FILE)
        assert [i["leaves"] for i in total.pop("inputs")] == [1, 1]
        assert [i["leaves"] for i in expected.pop("inputs")] == [2]
        assert total == expected
    assert f"{expected['observations']:,} observations" in capsys.readouterr().out


def test_facts_of_a_sum_by_hand(weeks):
    first, second, _ = weeks
    total = add_models((f, read_trained(f / FILE)) for f in (first, second))
    parts = [facts_of(folder / FILE) for folder in (first, second)]
    assert total.observations == parts[0]["observations"] + parts[1]["observations"]
    assert total.transitions == parts[0]["transitions"] + parts[1]["transitions"]
    assert total.aircraft == ("0A0001", "ABCDEF", "C00001")
    assert [str(day) for day in total.days] == ["1970-01-01", "1970-01-04", "1970-01-08", "1970-01-09"]
    assert sum(total.left.values()) + total.observations == 280
    place = total.model.index("v")
    changes, repeats = (sum(p[key]["v"] for p in parts) for key in ("changes", "repeats"))
    assert total.model.resample_rates[place] == pytest.approx(changes / (changes + repeats), rel=1e-5)


def test_new_week_is_added_to_a_folder_of_models_without_the_old_data(weeks, tmp_path):
    first, _, both = weeks
    (first.parent / "tracks").rename(tmp_path / "gone")
    again = built(tmp_path / "3", SECOND, base=first)
    for file in both.glob("*.txt"):
        assert (again / file.name).read_bytes() == file.read_bytes()
    before = {file: file.read_bytes() for file in again.iterdir()}
    built(tmp_path / "3", SECOND, base=first)
    assert {file: file.read_bytes() for file in again.iterdir()} == before


def test_models_that_the_new_week_has_nothing_for_are_kept(tmp_path):
    first = built(tmp_path / "1", FIRST)
    none = tmp_path / "2"
    stored(none / "tracks", "leaf", table([("C00001", 1, WEEK, 50, 7000)]), "Glider")
    tasks, _ = trained(none / "tracks", none, MODELS)
    build_models([none / t.output for t in tasks], none / "models", MODELS, first)
    assert sorted(p.name for p in (none / "models").glob("*.txt")) == [
        "m_1200only_Rotorcraft.txt",
        "m_all_Glider.txt",
        FILE,
    ]
    for file in first.iterdir():
        assert (none / "models" / file.name).read_bytes() == file.read_bytes()


def test_models_of_too_few_hours_are_kept_apart_until_they_have_enough(tmp_path):
    models = (MODELS[0].model_copy(update={"minimum_hours": 230 / 3600}),)
    first = built(tmp_path / "1", FIRST, models=models)
    assert not list(first.glob("*.txt"))
    assert sorted(p.name for p in (first / "too_few_hours").glob("*.txt")) == [
        "m_1200only_Rotorcraft.txt",
        FILE,
    ]
    again = built(tmp_path / "2", SECOND, models=models, base=first)
    assert [p.name for p in again.glob("*.txt")] == [FILE]
    whole = built(tmp_path / "both", FIRST, SECOND)
    assert (again / FILE).read_bytes() == (whole / FILE).read_bytes()


def test_days_in_common_are_fine_for_other_aircraft_and_aircraft_for_other_days(tmp_path):
    one = read_trained(built(tmp_path / "1", [("0A0001", 1, 1000, 60, 1200)]) / FILE)
    day = read_trained(built(tmp_path / "2", [("0A0002", 1, 1000, 60, 1200)]) / FILE)
    address = read_trained(built(tmp_path / "3", [("0A0001", 2, DAY, 60, 1200)]) / FILE)
    total = add_models([("a", one), ("b", day), ("c", address)])
    assert total.observations == one.observations + day.observations + address.observations


def refused(*paths):
    with pytest.raises(InputError) as caught:
        add_models([(path, read_trained(path)) for path in paths])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_does_not_add_up_is_refused(weeks, tmp_path):
    first, second, both = weeks
    assert (
        "has aircraft 0A0001 and day 1970-01-01 in common with the models added before it (3 aircraft and 4 d"
        in (refused(first / FILE, second / FILE, both / FILE))
    )
    assert "squawk is 1200only, of" in refused(first / FILE, second / "m_1200only_Rotorcraft.txt")
    fine = (MODELS[0].model_copy(update={"fine_bins": 4}),)
    other = built(tmp_path / "fine", SECOND, models=fine)
    assert "setting fine_bins is 4, of" in refused(first / FILE, other / FILE)
    with pytest.raises(InputError, match=r"setting fine_bins is 4, of .* it is 3"):
        built(tmp_path / "fine", SECOND, models=fine, base=first)
    with pytest.raises(InputError, match="is the folder that the models go to"):
        built(tmp_path / "2", SECOND, base=second)
    with pytest.raises(InputError, match="no such folder of models"):
        built(tmp_path / "2", SECOND, base=tmp_path / "nowhere")


def test_files_that_are_not_what_was_written_are_refused(weeks):
    first, second, _ = weeks
    text = (first / FILE).read_text()
    (first / FILE).write_text(text.replace("# resample_rates\n0 ", "# resample_rates\n0.5 "))
    assert "changed since m_all_Rotorcraft.json was written beside it" in refused(first / FILE)
    beside = second / "m_all_Rotorcraft.json"
    facts = json.loads(beside.read_text())
    for broken in (
        "{",
        "[]",
        "{}",
        json.dumps(facts | {"changes": {}}),
        json.dumps(facts | {"days": "yesterday"}),
        json.dumps(facts | {"settings": {"variables": ["dh"]}}),
    ):
        beside.write_text(broken)
        assert "train the model anew" in refused(second / FILE)
    beside.unlink()
    assert "no file of what went into m_all_Rotorcraft.txt" in refused(second / FILE)


def test_counts_left_of_a_scope_are_those_of_its_codes(tmp_path):
    rows = table(FIRST + SECOND)
    outside = int((rows["G"].to_numpy()[:230] == 0).sum())
    stored(tmp_path / "tracks", "leaf", rows)
    tasks, _ = trained(tmp_path / "tracks", tmp_path, MODELS)
    build_models([tmp_path / t.output for t in tasks], tmp_path / "models", MODELS)
    facts = facts_of(tmp_path / "models" / "m_1200only_Rotorcraft.txt")
    assert facts["left"] == {"no_region": outside}
    assert facts["observations"] == 230 - outside
    assert np.isclose(facts["flight_hours"], facts["observations"] / 3600)
