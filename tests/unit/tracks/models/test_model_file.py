"""The published model format: the published file itself, a file written by hand, malformed ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from tracks.models.file import model_text, read_model, write_model
from tracks.models.network import initial_graph, transition_graph

PUBLISHED = Path(__file__).parents[5] / "shared/data/encounter-models" / "uncor_1200only_rotorcraft_v1p2.txt"
needs_published = pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published model file is not here")

# ~ is the blank that ends most lines of the format
TINY = r"""# labels_initial
"A", "L", "\dot v"~
# G_initial
0 0 1~
0 0 1~
0 0 0~
# r_initial
2 3 2~
# N_initial
7 5 4 6 2 11 12 21 22 31 32 41 42 51 52 61 62~
# labels_transition
"A", "L", "\dot v(t)", "\dot v(t+1)"~
# G_transition
0 0 0 0~
0 0 0 1~
0 0 0 1~
0 0 0 0~
# r_transition
2 3 2 2~
# N_transition
1 0 2 0 3 0 0 4 0 5 0 6~
# boundaries
*~
50 500 1200.5 3000
-1 0.25 1
# resample_rates
0 0.0195087 1e-06~
""".replace("~", " ")


def written(tmp_path, text):
    path = tmp_path / "model.txt"
    path.write_bytes(text.encode())
    return path


@needs_published
def test_published_file_is_written_again_byte_for_byte(tmp_path):
    copy = tmp_path / "copy.txt"
    write_model(read_model(PUBLISHED), copy)
    assert copy.read_bytes() == PUBLISHED.read_bytes()


@needs_published
def test_published_counts_agree_between_tables_in_the_layout_we_read():
    # In counted data, the column sums of a variable's table are the joint counts of its parents, which the
    # table of the last parent holds too. It holds only if parents, order and layout are as the file means.
    model = read_model(PUBLISHED)
    tables = model.initial.tables
    for i in range(1, len(tables)):
        assert tables[i].sum() == 37_944_912
        assert np.array_equal(tables[i].sum(axis=0), tables[i - 1].ravel()), model.initial.labels[i]
    moved = [table for table in model.transition.tables if table is not None]
    assert [table.sum() for table in moved] == [37_829_983] * 3
    assert [table.shape for table in moved] == [(5, 7840), (7, 3920), (7, 1120)]


@needs_published
def test_preset_graph_is_that_of_the_published_file():
    model = read_model(PUBLISHED)
    assert (model.transition.labels, model.transition.parents) == transition_graph(ModelSettings())
    assert (model.initial.labels, model.initial.parents) == initial_graph(ModelSettings())
    assert model.zero_bins == (-1, -1, -1, -1, 2, 3, 3)


def test_tables_are_column_major_with_the_first_parent_fastest(tmp_path):
    model = read_model(written(tmp_path, TINY))
    table = model.initial.tables[2]
    # columns: (A 1, L 1), (A 2, L 1), (A 1, L 2), ...; the count 41 is bin 1 of A 2, L 2
    assert table.tolist() == [[11, 21, 31, 41, 51, 61], [12, 22, 32, 42, 52, 62]]
    assert model.initial.strides(2) == (1, 2)
    moved = model.transition.tables[3]
    # parents L (3 bins), dv(t) (2 bins): columns (L 1, dv 1), (L 2, dv 1), (L 3, dv 1), (L 1, dv 2), ...
    assert moved.tolist() == [[1, 2, 3, 0, 0, 0], [0, 0, 0, 4, 5, 6]]
    assert model.transition.tables[:3] == (None, None, None)
    assert model.transition.parents == ((), (), (), (1, 2))
    assert model.moves == ((2, 3),)
    assert model.boundaries == (None, (50, 500, 1200.5, 3000), (-1, 0.25, 1))
    assert model.zero_bins == (-1, -1, 0)
    assert model.resample_rates == (0, 0.0195087, 1e-6)


def test_hand_written_file_survives_the_round_trip(tmp_path):
    model = read_model(written(tmp_path, TINY))
    assert model_text(model) == TINY
    path = tmp_path / "again.txt"
    write_model(model, path)
    assert read_model(path) == model


def test_models_that_differ_in_one_count_are_not_equal(tmp_path):
    model = read_model(written(tmp_path, TINY))
    assert read_model(written(tmp_path, TINY.replace(" 41 ", " 40 "))) != model


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("# r_", "\n \t\n# r_"),
        ("\n", "   \n"),
        ("# labels_initial", "\ufeff# labels_initial"),
        ("-1 0.25 1", "-1.0 2.5e-1 +1 "),
        ("7 5 4 6", "7.0 5e+00 4. 0.6e1"),
        ("1e-06 \n", "1e-06 "),
        ("22 31", "22\n31"),
    ],
)
def test_other_spellings_of_the_same_model_are_read(tmp_path, old, new):
    assert old in TINY
    assert read_model(written(tmp_path, TINY.replace(old, new))) == read_model(written(tmp_path, TINY))


def test_large_counts_are_exact_in_every_notation(tmp_path):
    for word in ("900719925474099301", "900719925474099301.0", "9.00719925474099301e+17"):
        model = read_model(written(tmp_path, TINY.replace("7 5 4", f"{word} 5 4")))
        assert model.initial.tables[0][0, 0] == 900_719_925_474_099_301


def test_rates_of_many_digits_are_kept(tmp_path):
    model = read_model(written(tmp_path, TINY.replace("0.0195087", "0.019508712345")))
    assert read_model(written(tmp_path, model_text(model))).resample_rates[1] == 0.019508712345


# no cut points of L, blanks at line ends, edges within the later second: as published for balloons and others
UNCONVENTIONAL = r"""# labels_initial
"L", "\dot v", "\dot h"~
# G_initial
0 0 0~
1 0 0~
0 1 0~
# r_initial
2 3 2~
# N_initial
1 2 3 4 5 6 7 8 9 10 11 12 13 14~
# labels_transition
"L", "\dot v(t)", "\dot h(t)", "\dot v(t+1)", "\dot h(t+1)"~
# G_transition
0 0 0 0 0~
0 0 0 1 0~
0 0 0 0 0~
0 0 0 0 0~
0 0 0 1 0~
# r_transition
2 3 2 3 2~
# N_transition
1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 0 1~
# boundaries
*~
-1 0 1 2~
-500 0 500~
# resample_rates
0 0.126597 0~
""".replace("~", " ")


def test_unconventional_models_are_read(tmp_path):
    model = read_model(written(tmp_path, UNCONVENTIONAL))
    assert model.initial.parents == ((1,), (2,), ())
    assert [t.tolist() for t in model.initial.tables] == [
        [[1, 3, 5], [2, 4, 6]],
        [[7, 10], [8, 11], [9, 12]],
        [[13], [14]],
    ]
    # dv(t+1) given dv(t), which varies faster, and dh(t+1)
    assert model.transition.parents[3:] == ((1, 4), ())
    assert model.transition.tables[3][0].tolist() == [1, 4, 7, 10, 13, 16]
    assert model.transition.tables[4].tolist() == [[0], [1]]
    assert model.boundaries == (None, (-1, 0, 1, 2), (-500, 0, 500))
    assert read_model(written(tmp_path, model_text(model))) == model


def test_graph_of_the_transition_may_have_no_cycle_among_the_later_second(tmp_path):
    text = UNCONVENTIONAL.replace("0 0 0 0 0 \n0 0 0 0 0 \n0 0 0 1 0", "0 0 0 0 0 \n0 0 0 0 1 \n0 0 0 1 0")
    with pytest.raises(InputError, match=r"line 13, section G_transition: variables \[4, 5\] lie on"):
        read_model(written(tmp_path, text))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("7 5 4", "7 5", "line 10, section N_initial: expected 17 numbers, found 16"),
        ("7 5 4", "7 5 4 4", "line 10, section N_initial: expected 17 numbers, found 18"),
        ("7 5 4", "7 -5 4", "line 10, section N_initial: expected whole numbers from 0, found '-5'"),
        ("7 5 4", "7 nan 4", "line 10, section N_initial: expected whole numbers from 0, found 'nan'"),
        ("7 5 4", "7 1_0 4", "line 10, section N_initial: expected whole numbers from 0, found '1_0'"),
        ("7 5 4", "7 1e400 4", "line 10, section N_initial: expected whole numbers from 0, found '1e400'"),
        ("7 5 4", "7 9e18 4", "line 10, section N_initial: expected counts of a sum below 9e+18"),
        ("-1 0.25 1", "-1 0_25 1", "line 25, section boundaries: expected a finite number, found '0_25'"),
        (
            "# resample_rates\n0 0.0195087 1e-06 \n",
            "",
            "line 26, section boundaries: the file ends without section",
        ),
        (" 1e-06 \n", " 1e-06", "line 27, section resample_rates: the last line has no end: truncated"),
        ("7 5 4", "7 5.5 4", "line 10, section N_initial: expected whole numbers from 0, found '5.5'"),
        ("1 0 2 0", "1 0 inf 0", "line 21, section N_transition: expected whole numbers from 0, found 'inf'"),
        ("1 0 2 0", "1 0 2", "line 21, section N_transition: expected 12 numbers, found 11"),
        ("0 0 1 \n0 0 0 \n# r", "0 0 1 \n1 0 0 \n# r", "line 3, section G_initial: variables [1, 3] lie on"),
        (
            "0 0 1 \n0 0 0 \n# r",
            "0 0 1 \n# r",
            "line 3, section G_initial: expected 3 rows, one a label, found 2",
        ),
        ("0 0 0 \n# r", "0 0 2 \n# r", "line 6, section G_initial: expected 3 numbers that are 0 or 1"),
        ("2 3 2 \n", "2 3 \n", "line 8, section r_initial: expected 3 numbers, found 2"),
        ("2 3 2 \n", "0 3 2 \n", "line 8, section r_initial: a variable has at least one bin, found 0"),
        ("2 3 2 2 \n", "2 3 2 3 \n", r"section r_transition: \dot v(t+1) has 3 bins, in r_initial 2"),
        ("# r_initial\n2 3 2 \n", "", "line 7: section r_initial is missing before N_initial"),
        ("# r_initial\n", "# G_initial\n", "line 7: section G_initial stands twice"),
        ("# boundaries", "# boundary", "line 22: unknown section 'boundary'; did you mean 'boundaries'?"),
        ("# labels_initial\n", "", "line 1: expected '# labels_initial' first"),
        ("50 500", "600 500", "line 24, section boundaries: cut points must rise"),
        ("50 500", "500 500", "line 24, section boundaries: cut points must rise"),
        ("50 500", "500", "line 24, section boundaries: expected 4 cut points or *, 3 bins, found 3"),
        ("50 500", "nan 500", "line 24, section boundaries: expected a finite number, found 'nan'"),
        ("50 500", "fifty 500", "line 24, section boundaries: expected a finite number, found 'fifty'"),
        ("* \n", "", "line 22, section boundaries: expected 3 lines, one a label, found 2"),
        (
            "0 0.0195087",
            "0.0195087",
            "line 26, section resample_rates: expected 3 rates, one a label, found 2",
        ),
        (
            "0 0.0195087",
            "0 1.5",
            "line 27, section resample_rates: expected rates between 0 and 1, found 1.5",
        ),
        ('"A", "L", "\\dot v" ', "A, L", "line 2, section labels_initial: expected labels in double quotes"),
        ('"A", "L", "\\dot v" ', '"A", "A", "L"', "line 2, section labels_initial: a label stands twice"),
        ('"A", "L", "\\dot v(t)"', '"A", "M", "\\dot v(t)"', "expected the labels of labels_initial first"),
        ("v(t+1)", "h(t+1)", "expected each label with (t) once more with (t+1), and no other"),
    ],
)
def test_malformed_file_is_one_line_with_section_and_line(tmp_path, old, new, problem):
    assert old in TINY
    path = written(tmp_path, TINY.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_model(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_file_cut_anywhere_is_refused(tmp_path):
    whole = TINY.rstrip("\n")
    for end in range(len(whole)):
        with pytest.raises(InputError):
            read_model(written(tmp_path, whole[:end]))


def test_missing_or_binary_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match="no such model file"):
        read_model(tmp_path / "nowhere.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_model(tmp_path)
    (tmp_path / "binary").write_bytes(b"# labels_initial\n\xff\xfe\x00")
    with pytest.raises(InputError, match="line 2: no text: a byte that is not ASCII"):
        read_model(tmp_path / "binary")


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_changed_file_is_refused_or_a_model_that_survives_the_round_trip(tmp_path_factory, data):
    place = data.draw(st.integers(0, len(TINY) - 1))
    width = data.draw(st.integers(0, 6))
    new = data.draw(st.text(alphabet='0123456789.-*e# \n"tGv(+)', max_size=6))
    folder = tmp_path_factory.mktemp("changed")
    path = written(folder, TINY[:place] + new + TINY[place + width :])
    try:
        model = read_model(path)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    again = read_model(written(folder, model_text(model)))
    assert again == model
