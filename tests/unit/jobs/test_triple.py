import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.errors import ConfigError, InputError
from jobs.node import Node
from jobs.triple import Triple

NODE = Node("n1", cores=15, memory_bytes=30 * 2**30)
COUNT = st.integers(1, 10**6)


@given(COUNT, COUNT, COUNT)
def test_every_way_of_writing_gives_the_same_triple(nodes, processes, threads):
    expected = Triple(nodes, processes, threads)
    texts = [f"[{nodes},{processes},{threads}]", f" {nodes} , {processes} ,{threads} ", str(expected)]
    assert {Triple.parse(text) for text in texts} == {expected}
    assert Triple.parse([nodes, processes, threads]) == Triple.parse((nodes, processes, threads)) == expected
    assert Triple.parse(expected) is expected


def test_totals():
    triple = Triple(2, 3, 5)
    assert (triple.workers, triple.threads_per_node, triple.total_threads) == (6, 15, 30)


@pytest.mark.parametrize(
    "wrong",
    ["", "2,3", "2,3,5,7", "[2,3,5", "2,3,5]", "2,-3,5", "2,3.0,5", "0,3,5", "2;3;5", "٢,3,5", "[2,3,True]"],
)
def test_text_that_is_no_triple(wrong):
    with pytest.raises(ConfigError, match=r"triple: .*write for example \[2,4,1\]"):
        Triple.parse(wrong)


@pytest.mark.parametrize("wrong", [(2, 3), (2, 3, 5, 7), (True, 3, 5), (2, 3.0, 5), (2, 0, 5), (2, 3, "5")])
def test_sequences_that_are_no_triple(wrong):
    with pytest.raises(ConfigError, match="triple"):
        Triple.parse(wrong)


def test_exactly_as_many_threads_as_cores_are_allowed():
    Triple(2, 3, 5).check(NODE)


def test_more_threads_than_cores_are_refused_unless_asked_for():
    triple = Triple(2, 4, 5)
    with pytest.raises(InputError) as caught:
        triple.check(NODE)
    assert str(caught.value) == (
        "triple [2, 4, 5]: 4 processes × 5 threads need 20 cores, but n1 has 15; "
        "lower the processes or the threads, or set TRACKMILL_OVERSUBSCRIBE=1 to share cores"
    )
    triple.check(NODE, oversubscribe=True)
    asked = Node("n1", 15, 2**30, oversubscribe=True)
    triple.check(asked)
    with pytest.raises(InputError):
        triple.check(asked, oversubscribe=False)


def test_more_memory_than_the_node_has_is_refused():
    triple = Triple(2, 3, 5)
    triple.check(NODE, memory_gb=10)
    with pytest.raises(InputError, match=r"3 processes of 11\.0 GiB need 33\.0 GiB, but n1 has 30\.0 GiB"):
        triple.check(NODE, memory_gb=11)
