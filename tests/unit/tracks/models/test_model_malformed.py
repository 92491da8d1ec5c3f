"""Random models survive their file; spoilt in every way a file can be, each is refused with its line."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from tracks.models.file import model_text, read_model
from tracks.models.network import EncounterModel, Network

COUNT = st.integers(0, 10**12)


@st.composite
def graphs(draw, size, first, parents_of):
    """Parents of nodes from `first` on, without a cycle: those before them in an order drawn."""
    order = [*range(first), *draw(st.permutations(range(first, size)))]
    found = [() for _ in range(size)]
    for place, node in enumerate(order):
        if node >= first:
            chosen = draw(st.sets(st.sampled_from(order[:place]), max_size=parents_of)) if place else set()
            found[node] = tuple(sorted(chosen))
    return tuple(found)


@st.composite
def networks(draw, labels, bins, first):
    parents = draw(graphs(len(labels), first, 2))
    bare = Network(labels, parents, bins, ())
    tables = []
    for i in range(first, len(labels)):
        shape = (bins[i], bare.configurations(i))
        cells = shape[0] * shape[1]
        numbers = draw(st.lists(COUNT, min_size=cells, max_size=cells))
        tables.append(np.array(numbers, np.int64).reshape(shape))
    return Network(labels, parents, bins, (*(None for _ in range(first)), *tables))


@st.composite
def models(draw):
    size = draw(st.integers(1, 4))
    labels = tuple(
        draw(
            st.lists(
                st.sampled_from(["G", "A", "L", "v", r"\dot v", r"\dot h"]),
                min_size=size,
                max_size=size,
                unique=True,
            )
        )
    )
    bins = tuple(draw(st.lists(st.integers(1, 3), min_size=size, max_size=size)))
    moved = sorted(draw(st.sets(st.integers(0, size - 1), min_size=1)))
    initial = draw(networks(labels, bins, 0))
    now = tuple(f"{name}(t)" if i in moved else name for i, name in enumerate(labels))
    later = tuple(f"{labels[i]}(t+1)" for i in moved)
    transition = draw(networks(now + later, bins + tuple(bins[i] for i in moved), size))
    cut = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: x + 0.0)  # no negative zero
    boundaries = tuple(
        draw(st.none() | st.lists(cut, min_size=n + 1, max_size=n + 1, unique=True).map(sorted).map(tuple))
        for n in bins
    )
    rates = tuple(draw(st.lists(st.floats(0, 1).map(abs), min_size=size, max_size=size)))
    return EncounterModel(initial, transition, boundaries, rates)


def read(folder, text):
    path = folder / "model.txt"
    path.write_text(text)
    return read_model(path)


@settings(deadline=None, max_examples=60)
@given(models())
def test_any_model_survives_its_file(tmp_path_factory, model):
    assert read(tmp_path_factory.getbasetemp(), model_text(model)) == model


def numbers_of(lines, section):
    """The line of a section's counts."""
    return lines.index(f"# {section}") + 1


def one_number(draw, lines, change):
    """Change one word of the counts of either network."""
    i = numbers_of(lines, draw(st.sampled_from(["N_initial", "N_transition"])))
    words = lines[i].split()
    change(words, draw(st.integers(0, len(words) - 1)))
    lines[i] = " ".join(words) + " "


def too_few(draw, lines):
    one_number(draw, lines, lambda words, k: words.pop(k))


def too_many(draw, lines):
    one_number(draw, lines, lambda words, k: words.insert(k, "3"))


def negative(draw, lines):
    one_number(draw, lines, lambda words, k: words.__setitem__(k, "-1"))


def not_finite(draw, lines):
    word = draw(st.sampled_from(["nan", "inf", "-inf", "NaN", "1e999", "1.5", "--", "0x10"]))
    one_number(draw, lines, lambda words, k: words.__setitem__(k, word))


def cycle(draw, lines):
    section = draw(st.sampled_from(["G_initial", "G_transition"]))
    i = lines.index(f"# {section}") + 1
    size = len(lines[i].split())
    node = draw(st.integers(0, size - 1))
    row = lines[i + node].split()
    row[node] = "1"
    lines[i + node] = " ".join(row) + " "


def missing_section(draw, lines):
    starts = [i for i, line in enumerate(lines) if line.startswith("#")]
    k = draw(st.integers(0, len(starts) - 1))
    end = starts[k + 1] if k + 1 < len(starts) else len(lines) - 1
    del lines[starts[k] : end]


def unsorted_boundaries(draw, lines):
    start = lines.index("# boundaries") + 1
    numeric = [i for i in range(start, lines.index("# resample_rates")) if "*" not in lines[i]]
    if not numeric:
        lines[start] = "3 2 "
        return
    i = draw(st.sampled_from(numeric))
    words = lines[i].split()
    k = draw(st.integers(1, len(words) - 1))
    words[k] = draw(st.sampled_from([words[k - 1], "-1e7", "nan"]))
    lines[i] = " ".join(words)


def truncated(draw, lines):
    text = "\n".join(lines)
    text = text[: draw(st.integers(1, len(text.rstrip()) - 1))]
    lines[:] = text.split("\n")


WAYS = (
    *(too_few, too_many, negative, not_finite),
    *(cycle, missing_section, unsorted_boundaries, truncated),
)


@pytest.mark.parametrize("spoil", WAYS)
@settings(deadline=None, max_examples=25)
@given(model=models(), data=st.data())
def test_spoilt_file_is_refused_with_section_and_line(tmp_path_factory, spoil, model, data):
    lines = model_text(model).split("\n")
    spoil(data.draw, lines)
    with pytest.raises(InputError) as caught:
        read(tmp_path_factory.getbasetemp(), "\n".join(lines))
    said = str(caught.value)
    assert "\n" not in said
    assert re.search(r"model\.txt line \d+", said)
    assert "section" in said or "expected '# labels_initial' first" in said
