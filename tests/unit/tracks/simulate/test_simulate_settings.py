"""What a simulation refuses, in words, and what makes an hour stale."""

import pytest
from pydantic import ValidationError

from data_schemas.config import SimulateSettings
from tracks.simulate import simulate_tasks


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": "2021-10-04"}, "expected an hour as 2021-10-04-12"),
        ({"start": "2021-13-04-00"}, "expected an hour as"),
        ({"hours": 0}, "greater than or equal to 1"),
        ({"form": ".zip"}, r"\.csv\.tar"),
        ({"report_interval_s": 7}, "1, 2, 5 or 10"),
        ({"duplicate_row": 1.5}, "less than or equal to 1"),
        ({"activity_tail": 1.0}, "greater than 1"),
        ({"type_shares": {"Glyder": 1}}, "no such aircraft type: Glyder; known: FixedWingSingleEngine"),
        ({"type_shares": {"Unknown": 1}}, "no such aircraft type: Unknown"),
        ({"type_shares": {"Glider": 0}}, "all shares are 0"),
        ({"address_ranges": [("A00001", "A0000G")]}, "six hexadecimal digits"),
        ({"address_ranges": [("A00002", "A00001")]}, "below its first"),
        ({"address_ranges": [("000000", "0000FF"), ("000080", "000FFF")]}, "overlap"),
        ({"address_ranges": [("000000", "0000FF")], "aircraft": 257}, "257 aircraft, but .* hold 256: widen"),
        ({"region_box_deg": (0, 50, 10, 40)}, "west, south, east, north"),
        ({"region_box_deg": (0, 50, 10, 89)}, "north <= 80"),
        ({"elevation_ft": (500, 0)}, "lowest <= highest"),
        ({"vfr_squawk": "1280"}, "pattern"),
        ({"aircrafts": 3}, "Extra inputs"),
    ],
)
def test_impossible_settings_are_refused(change, words):
    with pytest.raises(ValidationError, match=words):
        SimulateSettings(**change)


def test_one_task_an_hour_named_as_published(tmp_path):
    tasks = simulate_tasks(tmp_path, SimulateSettings(start="2020-02-29-22", hours=3, form=".csv.gz"))
    assert [task.id for task in tasks] == [
        "states_2020-02-29-22",
        "states_2020-02-29-23",
        "states_2020-03-01-00",
    ]
    assert tasks[0].output == str(tmp_path / "states_2020-02-29-22.csv.gz")
    assert all(task.inputs == () and task.cost > 0 for task in tasks)


def test_more_hours_leave_those_at_hand(tmp_path):
    few = simulate_tasks(tmp_path, SimulateSettings(hours=2))
    many = simulate_tasks(tmp_path, SimulateSettings(hours=5))
    assert many[:2] == few
    assert simulate_tasks(tmp_path, SimulateSettings(seed=2))[0].settings != few[0].settings


def test_busy_hours_cost_more(tmp_path):
    europe = SimulateSettings(start="2021-10-04-00", hours=24, region_box_deg=(0, 40, 20, 55))
    costs = [task.cost for task in simulate_tasks(tmp_path, europe)]
    assert 12 <= costs.index(max(costs)) <= 16
    assert max(costs) > 3 * min(costs)
