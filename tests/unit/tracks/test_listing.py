"""The list of leaves in an organized hour: any span of it is found, and what is no list is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks.listing import Holding, listed, listing

LEAF = st.builds(
    "2021/{}/Seats_{}/{:06X}_FFFFFF".format,
    st.sampled_from(["Glider", "Other"]),
    st.integers(0, 20),
    st.integers(0, 9),
)


def about(held):
    return {key.encode(): text.encode() for key, text in listing(held).items()}


@given(st.dictionaries(LEAF, st.builds(Holding, st.integers(1, 9), st.text("0123456789abcdef"))), LEAF, LEAF)
def test_a_span_of_leaves_is_found_whether_its_ends_are_listed_or_not(held, first, last):
    held = dict(sorted(held.items()))
    rows = sum(each.rows for each in held.values())
    first, last = sorted((first, last))
    inside = {leaf: each for leaf, each in held.items() if first <= leaf <= last}
    before = sum(each.rows for leaf, each in held.items() if leaf < first)
    assert listed(about(held), rows) == (0, held)
    assert listed(about(held), rows, (first, last)) == (before if inside else 0, inside)
    assert list(json.loads(listing(held)["trackmill.leaves"])) == list(held)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "{\n1\n}",
        '{\n"a": 3\n}',
        '{\n"a": [0, "x", "y"]\n}',
        '{\n"a": [0, 1, "x"],\n"b": [2, 1, "y"]\n}',
    ],
)
def test_what_is_no_list_is_refused(text):
    with pytest.raises(ValueError, match="lacks the list"):
        listed({b"trackmill.leaves": text.encode()}, 2)
    with pytest.raises(ValueError, match="lacks the list"):
        listed({}, 2)


def test_a_list_of_another_number_of_rows_is_refused():
    held = {"a": Holding(2, "x"), "b": Holding(3, "y")}
    assert listed(about(held), 5, ("a", "a")) == (0, {"a": Holding(2, "x")})
    for span in (None, ("a", "a"), ("c", "d")):
        with pytest.raises(ValueError, match="holds 4 rows, but its leaves list 5"):
            listed(about(held), 4, span)
