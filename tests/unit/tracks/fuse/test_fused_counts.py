"""Counts of several stages in one: what goes in comes out, and sums are sums of each."""

from collections import Counter

from data_schemas.task import Counts
from tracks.fuse.counts import of_stage, together

ONE = {
    "process": Counts(9, 5, {"short_segment": 4}, {"seconds": 50}),
    "train": Counts(50, 30, {"no_region": 20}, {"observations_uncor_all": 30}),
}
OTHER = {
    "process": Counts(7, 7, {}, {"seconds": 60}),
    "train": Counts(60, 50, {"above_scope": 10}, {"observations_uncor_all": 50}),
}


def test_rows_are_those_of_the_named_stage():
    found = together(ONE, rows_of="process")
    assert (found.rows_in, found.rows_out, found.left) == (9, 5, {"short_segment": 4})


def test_each_stage_is_found_again_in_the_sums_over_tasks():
    made = Counter(together(ONE, rows_of="process").made)
    made.update(together(OTHER, rows_of="process").made)
    assert of_stage(made, "process") == Counts(16, 12, {"short_segment": 4}, {"seconds": 110})
    left = {"no_region": 20, "above_scope": 10}
    assert of_stage(made, "train") == Counts(110, 80, left, {"observations_uncor_all": 80})


def test_counts_add_up():
    assert ONE["train"] + OTHER["train"] == Counts(
        110, 80, {"no_region": 20, "above_scope": 10}, {"observations_uncor_all": 80}
    )
