"""Graphs of encounter models as settings: which variable depends on which, checked in the user's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data_schemas.errors import did_you_mean

VARIABLES = ("G", "A", "L", "v", "dv", "dh", "dpsi")
"""Variables of encounter models, in the order of their networks."""
DYNAMIC = ("dv", "dh", "dpsi")
"""Variables that the transition network moves from one second to the next."""
LATER = "(t+1)"
"""What follows the name of a variable of the next second."""

Graph = Mapping[str, Iterable[str]]
"""Parents of each variable, by name."""

PUBLISHED_TRANSITION = {
    "dv": ("L", "v", "dv", "dh", "dpsi"),
    "dh": ("A", "L", "dv", "dh", "dpsi"),
    "dpsi": ("L", "v", "dv", "dpsi"),
}
"""Parents at t of each dynamic variable at t + 1, as in the published files (Weinert et al. 2021)."""


def initial_parents(variables: tuple[str, ...], graph: Graph | None) -> dict[str, tuple[str, ...]]:
    """Return the parents of every variable of the first second, in the order of the variables.

    Without a graph the parents of each variable are all variables before it, as published; with one, a
    variable that it does not name has none.

    Raises
    ------
    ValueError
        A name is unknown or given twice, or the graph has a cycle.
    """
    if graph is None:
        return {name: variables[:i] for i, name in enumerate(variables)}
    _check_names("initial_graph", graph, variables, variables)
    parents = {name: _ordered(graph.get(name, ()), variables) for name in variables}
    _check_order("initial_graph", parents)
    return parents


def transition_parents(variables: tuple[str, ...], graph: Graph | None) -> dict[str, tuple[str, ...]]:
    """Return the parents of every dynamic variable at t + 1: names at t, then names with `(t+1)`.

    Without a graph they are the published ones as far as the model has them; with one, a dynamic variable
    that it does not name has none.

    Raises
    ------
    ValueError
        A name is unknown, static where a dynamic one must be, or given twice, or the graph has a cycle.
    """
    moved = tuple(name for name in DYNAMIC if name in variables)
    later = tuple(name + LATER for name in moved)
    if graph is None:
        return {name: tuple(p for p in PUBLISHED_TRANSITION[name] if p in variables) for name in moved}
    _check_names("transition_graph", graph, moved, (*variables, *later))
    parents = {name: _ordered(graph.get(name, ()), (*variables, *later)) for name in moved}
    within = {name + LATER: tuple(p for p in parents[name] if p in later) for name in moved}
    _check_order("transition_graph", within)
    return parents


def _check_names(field: str, graph: Graph, children: tuple[str, ...], known: tuple[str, ...]) -> None:
    for child, above in graph.items():
        if child not in children:
            msg = f"{field} has no variable '{child}' ({did_you_mean(child, children)})"
            raise ValueError(msg)
        names = list(above)
        for name in names:
            if name not in known:
                msg = f"{field}: '{name}' cannot be a parent of {child} ({did_you_mean(name, known)})"
                raise ValueError(msg)
        if len(set(names)) != len(names):
            msg = f"{field}: a parent of {child} stands twice, found {names}"
            raise ValueError(msg)


def _check_order(field: str, parents: Mapping[str, tuple[str, ...]]) -> None:
    left = dict(parents)
    while left:
        free = [name for name, above in left.items() if not set(above) & set(left)]
        if not free:
            msg = f"{field} has a cycle among {', '.join(left)}"
            raise ValueError(msg)
        left = {name: above for name, above in left.items() if name not in free}


def _ordered(names: Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    given = set(names)
    return tuple(name for name in known if name in given)
