"""Tasks that kill their rank, for real: what is lost, who is blamed, and what the next start does."""

from __future__ import annotations

import pytest

from tests.pipeline.ranks import TASKS, Run, expected_outputs, outputs, rows, run, wait_for_rows, write_inputs

CULPRIT = "t07"
LAUNCH = {"deaths": 2}


@pytest.fixture
def folder(tmp_path):
    write_inputs(tmp_path)
    return tmp_path


def statuses(folder):
    """How each attempt of the culprit ended, run by run."""
    return [row.status for row in rows(folder) if row.task == CULPRIT]


def others(folder):
    return {name: text for name, text in expected_outputs(folder).items() if name != f"{CULPRIT}.txt"}


def assert_set_aside(done, folder):
    assert done.process.returncode == 1
    table = done.err.splitlines()
    line = next(line for line in table if line.startswith(CULPRIT))
    assert "not tried  set aside: 2 runs died while it ran; change its input or settings, or raise" in line
    assert "1 of 1 tasks failed" in table[-1]
    assert statuses(folder)[-1] == "aside"
    assert outputs(folder) == others(folder)


def test_a_rank_that_kills_itself_without_a_word_is_found_by_running_the_suspects_alone(folder):
    options = {"poison": {CULPRIT: "kill"}, "seconds": 0.1, "launch": LAUNCH}
    first = run(folder, 3, **options)
    assert first.process.returncode != 0
    # Two tasks were in flight, and nobody knows of which one the run died.
    second = run(folder, 3, **options)
    assert second.process.returncode != 0
    assert [row.status for row in rows(folder) if row.status != "done"] == ["interrupted"] * 2
    assert outputs(folder) == others(folder)  # all others are done before the suspects run, one at a time
    third = run(folder, 3, **options)
    assert third.err.startswith(f"count: the run before this one died of task {CULPRIT}\n")
    assert_set_aside(third, folder)
    assert statuses(folder) == ["interrupted", "crashed", "aside"]
    # It stays aside, and is named again.
    assert_set_aside(run(folder, 2, **options), folder)


@pytest.mark.parametrize("distribution", ["self", "counter"])
def test_a_segmentation_fault_is_known_by_its_note(folder, distribution):
    options = {"poison": {CULPRIT: "segfault"}, "seconds": 0.05}
    options["launch"] = LAUNCH | {"distribution": distribution}
    assert run(folder, 3, **options).process.returncode != 0
    assert run(folder, 3, **options).process.returncode != 0
    bad = [row for row in rows(folder) if row.status != "done"]
    assert {row.task for row in bad if row.status == "crashed"} == {CULPRIT}
    note = next(row.error for row in bad if row.status == "crashed")
    assert note.startswith("the worker died of it: Fatal Python error: Segmentation fault")
    assert "jobs_mpi_program.py" in note
    for row in bad:
        if row.status == "interrupted":
            assert row.error == "in flight when the run ended, of something else"
    assert_set_aside(run(folder, 3, **options), folder)


def test_changed_input_gives_a_task_set_aside_a_new_chance(folder):
    options = {"poison": {CULPRIT: "segfault"}, "launch": {"deaths": 1}}
    run(folder, 2, **options)
    assert run(folder, 2, **options).process.returncode == 1
    (folder / "in" / f"{CULPRIT}.txt").write_text("1\n7\n")
    assert run(folder, 2, launch={"deaths": 1}).process.returncode == 0
    assert (folder / "out" / f"{CULPRIT}.txt").read_text() == "1\n"


def test_raising_the_number_of_deaths_gives_it_another_chance(folder):
    options = {"poison": {CULPRIT: "segfault"}, "launch": {"deaths": 1}}
    run(folder, 2, **options)
    assert run(folder, 2, **options).process.returncode == 1
    assert run(folder, 2, launch={"deaths": 9}).process.returncode == 0
    assert outputs(folder) == expected_outputs(folder)


def test_a_task_that_sleeps_for_ever_fails_alone(folder):
    done = run(folder, 3, poison={CULPRIT: "sleep"}, launch={"task_seconds": 0.5})
    assert done.process.returncode == 1
    assert "TaskTimeoutError: longer than the limit of 0.5 s" in done.err
    assert f"1 of {TASKS} tasks failed" in done.err
    assert outputs(folder) == others(folder)


@pytest.mark.parametrize(
    ("poison", "limits", "note"),
    [
        ("hang", {"task_seconds": 0.5}, "Timeout (0:00:00.750000)! Thread"),
        ("allocate", {"task_memory_gb": 0.35}, "Memory limit: 0.3"),
    ],
)
def test_a_limit_that_only_the_end_of_the_rank_can_keep_leaves_its_note(folder, poison, limits, note):
    options = {"poison": {CULPRIT: poison}, "launch": {"deaths": 1, **limits}}
    assert run(folder, 3, **options).process.returncode != 0
    done = run(folder, 3, **options)
    assert done.process.returncode == 1
    [crashed] = [row for row in rows(folder) if row.status == "crashed"]
    assert crashed.task == CULPRIT
    assert note in crashed.error
    assert outputs(folder) == others(folder)


def test_a_worker_that_waits_for_the_others_is_not_ended_by_the_limit(folder):
    slow = [f"t{i:02d}" for i in range(1, TASKS + 1, 2)]  # all of the first worker's, none of the second's
    launch = {"distribution": "cyclic", "order": "as-given", "task_seconds": 0.4}
    done = run(folder, 2, slow=slow, seconds=0.2, launch=launch)
    assert (done.process.returncode, done.err) == (0, "")


def test_serial_too_goes_on_after_a_death(folder):
    options = {"poison": {CULPRIT: "kill"}, "launch": LAUNCH | {"backend": "serial"}}
    for _ in range(2):
        assert run(folder, 0, **options).process.returncode == -9
    assert_set_aside(run(folder, 0, **options), folder)
    # One process has one task in flight: no doubt from the first death on.
    assert statuses(folder) == ["crashed", "crashed", "aside"]


def test_whoever_was_asked_to_stop_accuses_nobody(folder):
    """SIGTERM, then SIGKILL: the end of a job's time. The task in flight is not to blame."""
    started = Run(folder, 3, seconds=1.0, launch={"deaths": 1})
    wait_for_rows(folder, 1)
    ranks = started.ranks()
    for rank in ranks.values():
        rank.terminate()
    started.kill(*ranks.values(), started.process)
    started.wait()
    done = run(folder, 3, launch={"deaths": 1})
    assert done.process.returncode == 0
    assert {row.status for row in rows(folder)} == {"done", "interrupted"}
    assert outputs(folder) == expected_outputs(folder)
