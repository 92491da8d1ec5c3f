"""Learned graphs of encounter models: what they score beside the published ones."""

from __future__ import annotations

import json
from typing import Any

from workflow.report import page
from workflow.report.results import Results

_NETWORKS = {"initial": "first second", "transition": "next second"}


def structure_part(results: Results) -> str:
    """Return, for a data set whose settings ask for it, each model's graphs; else nothing."""
    folder = results.folder("train")
    found = [json.loads((folder / name).read_text()) for name in results.summaries["train"]["structures"]]
    if not found:
        return ""
    head = (
        *("model file", "network", "counted"),
        *("published graph", "learned graph", "learned less published", "parents"),
    )
    rows = [_row(facts, network) for facts in found for network in _NETWORKS]
    settings = results.dataset.train.structure
    size = f", equivalent sample size {settings.equivalent_sample_size:g}" if settings.score == "bdeu" else ""
    words = (
        f"Graphs learned from the counts (search {settings.search}, score {settings.score}{size}): logarithm "
        "of the probability of the counts given the graph. A difference is the logarithm of how many times "
        "more probable the counts are under the learned graph; the models keep the graphs of their "
        "settings. Graphs of the next second have parents among those that were counted; a published graph "
        "with others has no score."
    )
    tables = page.folded("graph of each variable", *(_variables(facts) for facts in found))
    return page.subsection("Learned graphs", page.paragraph(words), page.table(head, rows), tables)


def _row(facts: dict[str, Any], network: str) -> tuple[object, ...]:
    scores = facts[network]["log_score"]
    learned, published = scores["learned"], scores.get("published")
    arcs = sum(len(family["learned"]["parents"]) for family in facts[network]["families"])
    return (
        *(facts["model"], _NETWORKS[network], facts[network]["counted"], _number(published)),
        *(_number(learned), _number(None if published is None else learned - published), arcs),
    )


def _variables(facts: dict[str, Any]) -> str:
    rows = [
        (
            *(family["variable"], ", ".join(family["learned"]["parents"]) or "none"),
            *(
                ", ".join(family["published"]["parents"]) or "none"
                if "published" in family
                else "not counted",
            ),
            _difference(family),
        )
        for network in _NETWORKS
        for family in facts[network]["families"]
    ]
    head = ("variable", "learned parents", "published parents", "learned less published")
    return page.paragraph(facts["model"]) + page.table(head, rows)


def _difference(family: dict[str, Any]) -> str:
    published = family.get("published")
    return _number(None if published is None else family["learned"]["log_score"] - published["log_score"])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"
