"""The figures of an encounter model show what its file holds."""

import polars as pl
import pytest

from data_schemas.packaged import resolve
from tracks.models.file import read_model
from tracks.models.sample import sample_tracks
from workflow.report.model_figures import columns_table, gallery_figure, graph_figure, stays_figure
from workflow.report.panels import TITLES


@pytest.fixture(scope="module")
def model():
    return read_model(resolve("package:uncor_1200only_rotorcraft_v1p2.txt"))


@pytest.fixture(scope="module")
def samples(model):
    return sample_tracks(model, 300, 20, 5)


def test_the_graph_has_an_arrow_for_each_parent(model):
    arrows = [
        sum(text.arrow_patch is not None for text in axes.texts if hasattr(text, "arrow_patch"))
        for axes in graph_figure(model).axes
    ]
    assert arrows == [21, 14]  # all before it; 5 parents of dv, 5 of dh, 4 of dpsi
    names = [text.get_text() for text in graph_figure(model).axes[1].texts if text.get_text()]
    assert names[:4] == ["$G$", "$A$", "$L$", "$v$"]
    assert names[-1] == r"$\dot \psi_{t+1}$"


def test_stays_are_drawn_in_every_bin_of_the_dynamic_variables(model, samples):
    panels = stays_figure(model, samples).axes
    assert [axes.get_title(loc="left") for axes in panels] == [TITLES[name] for name in ("dv", "dh", "dpsi")]
    assert [len(axes.lines[0].get_xdata()) for axes in panels] == [5, 7, 7]


def test_the_gallery_shows_the_first_tracks_to_one_scale(samples):
    panels = gallery_figure(samples).axes
    assert len(panels) == 12
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1
    last = samples.filter((pl.col("track") == 11) & (pl.col("time_s") == 19))
    assert panels[11].lines[0].get_ydata()[-1] == pytest.approx(last["north_ft"][0] * 0.3048 / 1852)


def test_fewer_tracks_than_panels_leave_panels_empty(samples):
    panels = gallery_figure(samples.filter(pl.col("track") < 5)).axes
    assert [axes.axison for axes in panels] == [True] * 5 + [False] * 7


def test_the_table_of_columns_names_every_table(model):
    html = columns_table(model)
    for name in ("G", "A", "L", "v", "dv", "dh", "dψ", "dv(t+1)", "dh(t+1)", "dψ(t+1)"):
        assert f"<td>{name}</td>" in html
