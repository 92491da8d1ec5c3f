"""Training as tasks: leaves of tracks to counts, counts to model files."""

import hashlib
import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from data_schemas.tables.models import MODEL_COUNTS
from data_schemas.tables.tracks import TRACKS
from tracks import track_rows
from tracks.models.file import read_model
from tracks.models.task import Built, build_models, train_task, train_tasks

MODELS = (
    ModelSettings(),
    ModelSettings(name="geo", variables=("A", "L", "v", "dv", "dh", "dpsi"), altitude="geo"),
)


def table(segments, seed=0):
    """Tracks of (address, segment, first second, seconds, squawk), values at random about the usual."""
    rng = np.random.default_rng(seed)
    keys = [(a, s, t + i, code) for a, s, t, n, code in segments for i in range(n)]
    rows = len(keys)
    level = 700 + np.cumsum(rng.normal(0, 20, rows)) % 3900
    columns = {
        "icao24": [k[0] for k in keys],
        "segment": [k[1] for k in keys],
        "time_s": [k[2] for k in keys],
        "squawk": [k[3] for k in keys],
        "alt_baro_ft_agl": level.round(),
        "alt_geo_ft_agl": level.round() + 300,
        "dh_baro_ft_s": rng.normal(0, 8, rows),
        "dh_geo_ft_s": rng.normal(0, 8, rows),
        "dpsi_deg_s": rng.normal(0, 3, rows),
        "speed_estimate_kt": 80 + rng.normal(0, 20, rows),
        "dv_estimate_kt_s": rng.normal(0, 1, rows),
        "A": np.full(rows, 4),
        "G": np.where(rng.random(rows) < 0.1, 0, 1),
        "onground": np.zeros(rows, bool),
    }
    other = {c.name: np.zeros(rows) for c in TRACKS.columns if c.name not in columns}
    arrays = [
        pa.array((columns | other)[c.name]).cast(
            c.type.value_type if pa.types.is_dictionary(c.type) else c.type
        )
        for c in TRACKS.columns
    ]
    return pa.table(arrays, names=TRACKS.names).cast(TRACKS.schema())


def stored(tracks, name, rows, kind="Rotorcraft"):
    path = tracks / "year=2020" / f"aircraft_type={kind}" / "Seats_1_10" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, path)
    return path


SEGMENTS = [
    ("0A0001", 1, 1000, 60, 1200),
    ("0A0001", 2, 2000, 40, 7000),
    ("ABCDEF", 1, 500, 80, 1200),
    ("ABCDEF", 3, 580, 30, None),
]


def trained(tracks, out, models=MODELS, mode="both"):
    tasks = train_tasks(tracks, out / "parts", "digest")
    counts = [train_task(task, models=models, altitude_mode=mode) for task in tasks]
    return tasks, counts


def test_task_for_each_leaf_mirrors_its_path(tmp_path):
    leaf = stored(tmp_path / "tracks", "a_b", table(SEGMENTS))
    (leaf.parent / ".part-1-x.parquet").write_bytes(b"half")
    (task,) = train_tasks(tmp_path / "tracks", tmp_path / "parts", "digest")
    assert task.id == "year=2020/aircraft_type=Rotorcraft/Seats_1_10/a_b"
    assert task.inputs == (str(leaf),)
    assert task.output == str(tmp_path / "parts" / f"{task.id}.parquet")
    assert task.cost == leaf.stat().st_size
    assert task.settings == "digest"


def test_every_second_is_an_observation_or_has_a_reason(tmp_path):
    rows = table(SEGMENTS)
    stored(tmp_path / "tracks", "a_b", rows)
    tasks, (counts,) = trained(tmp_path / "tracks", tmp_path)
    without_region = int((rows["G"].to_numpy() == 0).sum())
    assert counts.rows_in == 210
    assert counts.left == {"no_region": without_region}
    assert counts.made["observations_uncor_all"] == counts.rows_out == 210 - without_region
    assert counts.made["observations_geo_all"] == 210
    assert counts.made["observations_geo_1200only"] == 140
    assert counts.made["observations_geo_1200exclude"] == 40
    # 4 segments; the first of ABCDEF ends 1 s before its third starts, which is no transition
    assert counts.made["transitions_geo_all"] == 206
    assert counts.made["transitions_geo_1200only"] == 138
    part = pq.read_table(tasks[0].output)
    MODEL_COUNTS.check(part.schema, "part")
    assert part.schema.metadata[b"trackmill.table"] == b"model_counts"
    keys = list(zip(*(part[n].to_pylist() for n in MODEL_COUNTS.sorted_by), strict=True))
    assert keys == sorted(set(keys))
    assert min(part["count"].to_pylist()) >= 1


def test_altitude_is_of_the_mode_or_as_set(tmp_path):
    rows = table(SEGMENTS)
    level = pa.array(np.where(np.arange(210) < 10, 40, 800), pa.int32())
    rows = rows.set_column(
        TRACKS.names.index("alt_geo_ft_agl"), TRACKS.schema().field("alt_geo_ft_agl"), level
    )
    stored(tmp_path / "tracks", "a_b", rows)
    task = train_tasks(tmp_path / "tracks", tmp_path / "parts", "")[0]
    bare = ModelSettings(variables=MODELS[1].variables)
    for mode, low in (("baro", 0), ("both", 0), ("geo", 10)):
        assert train_task(task, models=(bare,), altitude_mode=mode).left.get("below_scope", 0) == low
    always = (bare.model_copy(update={"altitude": "geo"}),)
    assert train_task(task, models=always, altitude_mode="baro").left == {"below_scope": 10}


def test_vertical_rate_is_taken_in_feet_a_minute(tmp_path):
    rows = table([("0A0001", 1, 0, 3, 1200)])
    rate = pa.array([5.0, 5.0, -13.0], pa.float32())  # 300 and -780 ft/min: bins 5 and 2 of 7
    rows = rows.set_column(TRACKS.names.index("dh_baro_ft_s"), TRACKS.schema().field("dh_baro_ft_s"), rate)
    stored(tmp_path / "tracks", "a_b", rows)
    tasks, _ = trained(tmp_path / "tracks", tmp_path, (ModelSettings(variables=MODELS[1].variables),), "baro")
    build_models([tmp_path / tasks[0].output], tmp_path, (ModelSettings(variables=MODELS[1].variables),))
    model = read_model(tmp_path / "uncor_all_Rotorcraft.txt")
    assert model.initial.tables[model.index("dh")].sum(axis=1).tolist() == [0, 1, 0, 0, 2, 0, 0]


def test_parts_add_up_to_the_whole_in_any_order(tmp_path):
    stored(tmp_path / "one" / "tracks", "a_b", table(SEGMENTS))
    whole, pieces = table(SEGMENTS), []
    starts = np.cumsum([0, *(s[3] for s in SEGMENTS)])
    for i, start in enumerate(starts[:-1]):  # one leaf a segment
        pieces.append(whole.slice(start, starts[i + 1] - start))
        stored(tmp_path / "many" / "tracks", f"leaf{i}", pieces[-1])
    built = []
    for name in ("one", "many"):
        tasks, _ = trained(tmp_path / name / "tracks", tmp_path / name)
        parts = [tmp_path / task.output for task in tasks]
        built.append(build_models(parts[::-1], tmp_path / name / "models", MODELS))
    assert built[0] == built[1]
    assert [facts["file"] for facts in built[0].models] == [
        f"{model}_{squawk}_Rotorcraft.txt"
        for model in ("geo", "uncor")
        for squawk in ("1200exclude", "1200only", "all")
    ]
    for file in (tmp_path / "one/models").glob("*.txt"):
        assert file.read_bytes() == (tmp_path / "many/models" / file.name).read_bytes()
        facts = [
            json.loads((tmp_path / n / "models" / file.stem).with_suffix(".json").read_text())
            for n in ("one", "many")
        ]
        assert [f.pop("inputs")[0]["leaves"] for f in facts] == [1, 4]
        assert facts[0] == facts[1]


def test_rows_in_small_batches_give_the_same_bytes(tmp_path, monkeypatch):
    stored(tmp_path / "tracks", "a_b", table(SEGMENTS))
    (task,), (counts,) = trained(tmp_path / "tracks", tmp_path)
    before = (tmp_path / task.output).read_bytes()
    monkeypatch.setattr(track_rows, "ROWS_AT_ONCE", 7)
    assert train_task(task, models=MODELS, altitude_mode="both") == counts
    assert (tmp_path / task.output).read_bytes() == before


def test_facts_beside_a_model(tmp_path):
    stored(tmp_path / "tracks", "a_b", table(SEGMENTS))
    stored(tmp_path / "tracks", "c_d", table([("ABCDEF", 1, 0, 3600, 1200)], seed=1))
    tasks, _ = trained(tmp_path / "tracks", tmp_path)
    build_models([tmp_path / t.output for t in tasks], tmp_path / "models", MODELS)
    facts = json.loads((tmp_path / "models/geo_1200only_Rotorcraft.json").read_text())
    assert facts["observations"] == 3740
    assert facts["transitions"] == 3737
    assert facts["flight_hours"] == pytest.approx(3740 / 3600)
    assert facts["aircraft"] == 2
    assert facts["settings"]["altitude"] == "geo"
    assert facts["software"].startswith("trackmill ")
    assert facts["addresses"] == "0A0001 ABCDEF"
    assert facts["days"] == "1970-01-01"
    assert (facts["first_day"], facts["last_day"]) == ("1970-01-01", "1970-01-01")
    assert facts["left"] == {}
    digests = sorted(hashlib.sha256((tmp_path / t.output).read_bytes()).hexdigest() for t in tasks)
    assert facts["inputs"] == [{"leaves": 2, "sha256": hashlib.sha256("".join(digests).encode()).hexdigest()}]
    written = (tmp_path / "models/geo_1200only_Rotorcraft.txt").read_bytes()
    assert facts["sha256"] == hashlib.sha256(written).hexdigest()
    assert "squawks" not in facts["settings"]
    model = read_model(tmp_path / "models/geo_1200only_Rotorcraft.txt")
    for i, name in enumerate(MODELS[1].variables):
        seen = facts["changes"][name] + facts["repeats"][name]
        assert model.resample_rates[i] == pytest.approx(facts["changes"][name] / max(seen, 1), rel=1e-5)
    assert model.initial.tables[0].sum() == 3740


def test_types_are_apart_and_what_was_not_observed_has_no_file(tmp_path):
    stored(tmp_path / "tracks", "a_b", table(SEGMENTS[:1]))
    stored(tmp_path / "tracks", "a_b", table(SEGMENTS[1:2]), "Glider")
    empty = table(SEGMENTS[:1]).slice(0, 0)
    stored(tmp_path / "tracks", "a_b", empty, "Balloon")
    tasks, _ = trained(tmp_path / "tracks", tmp_path)
    build_models([tmp_path / t.output for t in tasks], tmp_path / "models", MODELS)
    found = sorted(p.name for p in (tmp_path / "models").glob("geo*.txt"))
    assert found == [
        "geo_1200exclude_Glider.txt",
        "geo_1200only_Rotorcraft.txt",
        "geo_all_Glider.txt",
        "geo_all_Rotorcraft.txt",
    ]


def test_no_parts_give_no_models(tmp_path):
    assert build_models([], tmp_path, MODELS) == Built([], [])


def test_bad_inputs_are_one_clear_line(tmp_path):
    path = stored(tmp_path / "tracks", "a_b", table(SEGMENTS))
    tasks, _ = trained(tmp_path / "tracks", tmp_path)
    part = tmp_path / tasks[0].output
    other = (ModelSettings(fine_bins=4), MODELS[1])
    with pytest.raises(InputError, match="uncor was counted with other settings; run stage train again"):
        build_models([part], tmp_path, other)
    shutil.copy(part, tmp_path / "loose.parquet")
    if "aircraft_type=" not in str(tmp_path):
        with pytest.raises(InputError, match="no folder aircraft_type="):
            build_models([tmp_path / "loose.parquet"], tmp_path, MODELS)
    with pytest.raises(InputError, match="not a model_counts table"):
        build_models([path], tmp_path, MODELS)
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="not a Parquet file"):
        train_task(tasks[0], models=MODELS, altitude_mode="both")
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        train_task(tasks[0], models=MODELS, altitude_mode="both")
    pq.write_table(pa.table({"icao24": ["0A0001"]}), path)
    with pytest.raises(InputError, match="not a tracks table: column 'segment' is missing"):
        train_task(tasks[0], models=MODELS, altitude_mode="both")


def test_parts_counted_differently_are_not_added(tmp_path):
    stored(tmp_path / "tracks", "a_b", table(SEGMENTS))
    first, _ = trained(tmp_path / "tracks", tmp_path / "1", mode="both")
    second, _ = trained(tmp_path / "tracks", tmp_path / "2", mode="geo")
    with pytest.raises(InputError, match="counted with other settings than"):
        build_models([tmp_path / t.output for t in first + second], tmp_path, MODELS)
