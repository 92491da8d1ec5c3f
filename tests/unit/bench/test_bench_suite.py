"""`make bench` runs, and its page says what the figures are."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.suite.child import Child, StepFailedError
from bench.suite.figures import FIGURES, PLAN, Figure, Ratio
from bench.suite.measure import Rates
from bench.suite.report import render
from bench.suite.text import met, number, spread, table

ROOT = Path(__file__).parents[3]


def run(rows, cpu_s, **made):
    return {"rows": rows, "cpu_s": cpu_s, "wall_s": 2 * cpu_s, "made": made}


def test_numbers_are_short():
    assert [number(x) for x in (0.123, 9.99, 42.123, 870_300, 1_534_000, 4.4e9)] == [
        *("0.12", "9.99", "42.1", "870 k", "1.53 M", "4.40 G")
    ]
    assert spread([3.0, 1.0, 2.0]) == "2.00 (1.00 to 3.00)"


def test_an_aim_is_met_by_the_median():
    assert met([1.0, 3.0, 3.1], at_least=2.5) == "yes"
    assert met([1.0, 2.0, 9.0], at_least=2.5) == "**no**"
    assert met([1.2], at_most=1.1) == "**no**"
    assert met([], at_least=1.0) == "not measured"
    assert met([5.0]) == ""


def test_columns_of_numbers_are_set_to_the_right():
    assert table(("a", "b"), [("x", "1.5 M"), ("y", "")]).splitlines()[1] == "| --- | ---: |"


def test_ratios_are_taken_within_a_repeat_in_the_largest_common_size():
    rates = Rates(
        {
            ("ours", "k", "1x"): {0: run(100, 1.0), 1: run(100, 2.0)},
            ("ours", "k", "4x"): {0: run(400, 4.0)},
            ("peer", "k", "1x"): {0: run(100, 3.0), 1: run(100, 8.0)},
            ("other", "k", "1x"): {1: run(50, 5.0)},
        }
    )
    figure = Figure("", "ours", "k")
    assert rates.ratio(figure, Ratio("", ("peer",))) == ("1x", [3.0, 4.0])
    assert rates.ratio(figure, Ratio("", ("peer", "other"), at_most=1.1)) == ("1x", [pytest.approx(0.2)])
    assert rates.ratio(figure, Ratio("", ("absent",))) == ("", [])


def test_the_exponent_is_the_slope_of_logarithms():
    found = {
        ("s", "k", size): {0: run(rows, rows**1.1)} for size, rows in (("1x", 10), ("4x", 40), ("16x", 160))
    }
    assert math.isclose(Rates(found).exponent("s", "k"), 1.1)
    assert Rates({}).exponent("s", "k") is None


def test_the_exponent_beyond_a_tiny_task_is_that_of_what_is_left_without_its_fixed_cost():
    sizes = {"tiny": 4, "1x": 100, "4x": 400, "16x": 1600}
    found = {("s", "k", size): {0: run(rows, 7 + rows / 10)} for size, rows in sizes.items()}
    assert math.isclose(Rates(found).exponent("s", "k", beyond="tiny"), 1)
    assert Rates(found).exponent("s", "k") < 0.9
    del found["s", "k", "tiny"]
    assert Rates(found).exponent("s", "k", beyond="tiny") is None


def test_every_figure_and_every_peer_is_planned():
    planned = {(p.step, p.kind) for p in PLAN}
    wanted = {(f.step, f.kind) for f in FIGURES}
    wanted |= {(peer, f.kind) for f in FIGURES for ratio in f.ratios for peer in ratio.peers}
    assert wanted <= planned


@pytest.fixture
def child(tmp_path):
    made = Child(Path(sys.executable), ["bench.suite.steps_absent"], tmp_path / "log")
    yield made
    made.close()


def call(function, module="os", **arguments):
    return {"step": "call", "module": module, "function": function, "arguments": arguments}


def test_a_child_outlives_a_step_that_fails_and_is_replaced_when_it_dies(child):
    request = {"step": "none", "place": "p", "out": "o", "memory_bytes": 1, "least_s": 0.0}
    with pytest.raises(
        StepFailedError, match=r"no step 'none'; bench\.suite\.steps_absent: ModuleNotFoundError"
    ):
        child.ask(request, 30)
    first = child.ask(call("getpid"), 30)["value"]
    assert child.ask(call("getpid"), 30)["value"] == first != os.getpid()
    with pytest.raises(StepFailedError, match="its process died"):
        child.ask(call("_exit", status=7), 30)
    assert child.ask(call("getpid"), 30)["value"] != first
    with pytest.raises(StepFailedError, match="no end after 0 s"):
        child.ask(call("pause", "signal"), 0.0)


def test_the_suite_runs_and_its_page_is_made_of_its_results(tmp_path):
    """On tiny data: all steps of this environment, and no peers'."""
    command = [
        sys.executable,
        "-m",
        "bench.suite",
        "--quick",
        "--only",
        "rates",
        "costs",
        "--out",
        str(tmp_path),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [*command, "--peers", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "performance.json").read_text())
    measured = {(s["step"], s["kind"]) for s in results["rates"]["steps"]}
    assert measured == {(p.step, p.kind) for p in PLAN if not p.peers}, done.stderr
    page = (tmp_path / "performance.md").read_text()
    assert page == render(results)
    assert "{{" not in page
    assert str(ROOT) not in page
    assert "the peers' environment is missing" in page
