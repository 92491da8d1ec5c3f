"""The report's part on learned graphs: there where asked for, nothing elsewhere."""

import json

from data_schemas.config import Dataset
from workflow.layout import Layout
from workflow.report.results import Results
from workflow.report.structure import structure_part

FAMILY = {"variable": "dh(t+1)", "learned": {"parents": ["A", "dh"], "log_score": -90.0}}
PUBLISHED = {"parents": ["A", "L", "dv", "dh", "dpsi"], "log_score": -100.0}


def part(tmp_path, files, structure):
    dataset = Dataset(raw="x", train={"structure": structure})
    layout = Layout(tmp_path)
    results = Results("small", dataset, layout, {"train": {"structures": list(files)}}, None)
    results.folder("train").mkdir(parents=True)
    for name, facts in files.items():
        (results.folder("train") / name).write_text(json.dumps(facts))
    return structure_part(results)


def test_nothing_where_no_graph_was_learned(tmp_path):
    assert part(tmp_path, {}, {}) == ""


def test_difference_from_the_published_graph_is_told(tmp_path):
    network = {"counted": 1234, "log_score": {"learned": -90.0, "published": -100.0}}
    facts = {
        "model": "m.txt",
        "initial": network | {"families": []},
        "transition": network | {"families": [FAMILY | {"published": PUBLISHED}]},
    }
    html = part(tmp_path, {"m.structure.json": facts}, {"search": "greedy", "score": "bdeu"})
    assert "search greedy, score bdeu, equivalent sample size 1" in html
    for cell in ("m.txt", "-100.0", "-90.0", "10.0", "A, dh", "A, L, dv, dh, dpsi"):
        assert f">{cell}</td>" in html


def test_published_graph_that_was_not_counted_has_no_score(tmp_path):
    network = {"counted": 1, "log_score": {"learned": -90.0}, "families": [FAMILY]}
    facts = {"model": "m.txt", "initial": network, "transition": network}
    html = part(tmp_path, {"m.structure.json": facts}, {"search": "k2"})
    assert "not counted" in html
    assert "None" not in html
