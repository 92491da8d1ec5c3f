"""The report's own arithmetic and its HTML."""

from pathlib import Path

import pytest

from data_schemas.config import Dataset
from data_schemas.config.load import check_config
from workflow.layout import STAGES, Layout
from workflow.report import page
from workflow.report.build import launch_part
from workflow.report.ledger import balance, ledger_part
from workflow.report.results import Results


def facts(rows_in, rows_out, left=None, made=None):
    return {"rows_in": rows_in, "rows_out": rows_out, "left": left or {}, "made": made or {}}


def results(**changes):
    summaries = {
        "organize": facts(100, 90, {"bad_address": 10}),
        "archive": facts(90, 90),
        "process": facts(90, 50, {"short_segment": 40}, {"seconds": 480, "segments": 3}),
        "statistics": facts(480, 470, {"below_floor": 10}),
        "train": facts(480, 400, {"above_scope": 80}),
    }
    return Results("small", Dataset(raw="x"), Layout(Path("r")), summaries | changes, None)


def test_a_ledger_that_balances():
    assert {sign for *_, sign in balance(results())} == {"✓"}


@pytest.mark.parametrize(
    ("stage", "wrong"),
    [
        ("organize", facts(100, 89, {"bad_address": 10})),
        ("archive", facts(89, 89)),
        ("archive", facts(90, 89)),
        ("process", facts(90, 50, {"short_segment": 40}, {"seconds": 479})),
        ("train", facts(479, 400, {"above_scope": 79})),
    ],
)
def test_one_lost_row_is_seen(stage, wrong):
    found = results(**{stage: wrong})
    assert any(sign.startswith("✗") for *_, sign in balance(found))
    assert "✗" in ledger_part([found])


def test_every_stage_and_reason_is_in_the_table():
    table = ledger_part([results()])
    for words in (*STAGES, "bad_address", "short_segment", "below_floor", "above_scope"):
        assert words in table


def test_text_is_escaped_and_numbers_are_grouped():
    assert page.text("<b>&") == "&lt;b&gt;&amp;"
    assert page.text(1234567) == "1\u202f234\u202f567"
    assert page.text(value=True) == "True"
    cells = page.table(("a", "b"), [("x<y", 12)])
    assert "x&lt;y" in cells
    assert "<td class=number>12</td>" in cells


def test_page_needs_no_network():
    whole = page.page("t", "", [("a", "A", page.section("A", anchor="a"))])
    assert whole.startswith("<!doctype html>")
    assert "http" not in whole
    assert "<a href='#a'>A</a>" in whole


def test_a_stage_with_a_launch_of_its_own_is_named():
    tree = {"datasets": {"a": {"raw": "x"}}, "stages": {"process": {"launch": {"triple": [4, 16, 1]}}}}
    text = launch_part(check_config(tree, "c.yaml"))
    assert "Backend mpi, triple [1, 2, 1]" in text
    assert "Stage process: Backend mpi, triple [4, 16, 1]" in text
    assert "Stage train" not in text
