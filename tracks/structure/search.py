"""Searching the graph of the highest score."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tracks.models.network import topological_order
from tracks.structure.families import Families, Graph

_ROUNDING = 1e-12
"""Part of a score that its rounding may be: differences below are none. Among moves that are equally good
the first one is made, so ties, as between the two directions of an arc, fall the same way everywhere."""
PATIENCE = 50
"""Steps without a better graph after which hill climbing ends."""


def k2(families: Families, most_parents: int = 0) -> Graph:
    """Return the graph that K2 finds, variables in the order of the network (Cooper and Herskovits 1992).

    To each variable, the parent among those before it that raises its score most is added as long as one does
    and it has fewer than `most_parents` (0: any number).
    """
    graph = [frozenset[int]() for _ in families.network.labels]
    for child in families.children:
        while not most_parents or len(graph[child]) < most_parents:
            score = families.score(child, graph[child])
            least = _ROUNDING * abs(score)
            best, gained = graph[child], 0.0
            for parent in sorted(set(range(child)) - graph[child]):
                gain = families.score(child, graph[child] | {parent}) - score
                if gain > gained + least:
                    best, gained = graph[child] | {parent}, gain
            if best == graph[child]:
                break
            graph[child] = best
    return tuple(graph)


def greedy(families: Families, most_parents: int = 0) -> Graph:
    """Return the graph that greedy hill climbing with a tabu list finds, from the graph without arcs.

    Each step makes the move that raises the score most or lowers it least: an arc added, removed or reversed,
    without a cycle, without a graph that was there before, and without a variable of more than `most_parents`
    (0: any number). It ends `PATIENCE` steps after the best graph, which is returned: going on leads out of
    the many graphs from which no single move is better, such as those with an arc the wrong way round.
    Variables without a table, those at t of a transition network, have no parents.
    """
    graph: Graph = tuple(frozenset() for _ in families.network.labels)
    best, highest, seen, waited = graph, 0.0, {graph}, 0
    score = 0.0  # above that of the graph without arcs
    least = _ROUNDING * abs(sum(families.score(i, graph[i]) for i in families.children))
    while waited < PATIENCE:
        found, gained = graph, -math.inf
        for changed in _moves(families, graph):
            gain = sum(families.score(i, new) - families.score(i, graph[i]) for i, new in changed.items())
            if gain > gained + least:
                after = tuple(changed.get(i, above) for i, above in enumerate(graph))
                if after not in seen and _allowed(after, most_parents):
                    found, gained = after, gain
        if found == graph:
            break
        graph, score, waited = found, score + gained, waited + 1
        seen.add(graph)
        if score > highest + least:
            best, highest, waited = graph, score, 0
    return best


def _allowed(graph: Graph, most_parents: int) -> bool:
    if most_parents and max(map(len, graph)) > most_parents:
        return False
    return len(topological_order(tuple(map(tuple, graph)))) == len(graph)


def _moves(families: Families, graph: Graph) -> Iterator[dict[int, frozenset[int]]]:
    """Yield the parents that change by each move, in a fixed order; a move may make a cycle."""
    for child in families.children:
        for parent in range(len(graph)):
            if parent in graph[child]:
                yield {child: graph[child] - {parent}}
                if parent in families.children:
                    yield {child: graph[child] - {parent}, parent: graph[parent] | {child}}
            elif parent != child:
                yield {child: graph[child] | {parent}}
