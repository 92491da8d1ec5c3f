"""Section of stage 5 on learning the graphs of encounter models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from data_schemas.config.section import Section


class StructureSettings(Section):
    """Whether and how graphs are learned from the counts of each model, which keeps the graphs it has."""

    search: Literal["none", "k2", "greedy"] = "none"
    """`k2`: parents are added one by one to each variable in the model's order; `greedy`: arcs are added,
    removed and reversed one by one from the graph without arcs; `none`: nothing is learned."""
    score: Literal["k2", "bdeu"] = "k2"
    """Bayesian-Dirichlet score: `k2` has prior counts of 1 in every cell, `bdeu` the same prior counts for
    every graph, `equivalent_sample_size` in all."""
    equivalent_sample_size: Annotated[float, Field(gt=0)] = 1.0
    """Sum of the prior counts of score `bdeu`."""
    max_parents: Annotated[int, Field(ge=0)] = 0
    """Most parents of a variable; 0: any number."""
