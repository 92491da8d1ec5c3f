"""Learning the graphs of an encounter model, and what they score beside its own and the published ones."""

from __future__ import annotations

import math
from dataclasses import replace

from data_schemas.config.graph import LATER, initial_parents, transition_parents
from data_schemas.config.structure import StructureSettings
from tracks.models.network import EncounterModel, Network, base_label
from tracks.models.variables import NAMES
from tracks.structure.families import Families, Graph
from tracks.structure.search import greedy, k2

_SEARCHES = {"k2": k2, "greedy": greedy}


def learn(model: EncounterModel, settings: StructureSettings) -> tuple[EncounterModel, dict[str, object]]:
    """Learn both graphs of a model from its counts.

    The initial graph is searched among all graphs whose families the counts of the initial network tell: all
    of them where the last variable has all others as parents, as in the published files. The transition graph
    is searched among those with parents that the model was counted with. All scores are natural logarithms:
    the difference of two is the logarithm of their Bayes factor, both graphs equally likely beforehand.

    Parameters
    ----------
    model
        A model with counts, of a file or of stage 5.
    settings
        Search and score; search is not `none`.

    Returns
    -------
    EncounterModel
        The same counts with the learned graphs; cut points and resample rates do not depend on graphs.
    dict
        For JSON: settings; `initial_graph` and `transition_graph` as the settings of a model want them; for
        each network the counts (`counted`), the `log_score` of the graph `learned`, `own` (the model's) and
        `published` (of the uncorrelated models; missing where the counts cannot tell), and the same of each
        variable in `families`.
    """
    facts: dict[str, object] = settings.model_dump(mode="json")
    learned = []
    for name, network in (("initial", model.initial), ("transition", model.transition)):
        families = Families(network, settings)
        graph = _SEARCHES[settings.search](families, settings.max_parents)
        own = tuple(frozenset(above) for above in network.parents)
        learned.append(_with_graph(families, graph))
        names = _names(network)
        facts[f"{name}_graph"] = {
            names[i].removesuffix(LATER): [names[p] for p in sorted(graph[i])] for i in families.children
        }
        facts[name] = _facts(families, {"learned": graph, "own": own, "published": _published(network)})
    return replace(model, initial=learned[0], transition=learned[1]), facts


def _with_graph(families: Families, graph: Graph) -> Network:
    """Return the network with another graph and the tables that belong to it."""
    tables = tuple(families.table(i, graph[i]) if i in families.children else None for i in range(len(graph)))
    return replace(families.network, parents=tuple(tuple(sorted(above)) for above in graph), tables=tables)


def _facts(families: Families, graphs: dict[str, Graph]) -> dict[str, object]:
    """Return what graphs score, as a whole and for each variable, those that the counts can tell."""
    told: dict[str, dict[int, float]] = {}
    for kind, graph in graphs.items():
        scores = {i: families.score(i, graph[i]) for i in families.children}
        if all(map(math.isfinite, scores.values())):
            told[kind] = scores
    names = _names(families.network)
    counts = families.table(families.children[0], ()) if families.children else None
    return {
        "counted": 0 if counts is None else int(counts.sum()),
        "log_score": {kind: math.fsum(scores.values()) for kind, scores in told.items()},
        "families": [
            {"variable": names[i]}
            | {
                kind: {"parents": [names[p] for p in sorted(graphs[kind][i])], "log_score": scores[i]}
                for kind, scores in told.items()
            }
            for i in families.children
        ],
    }


def _published(network: Network) -> Graph:
    """Return the published graph of a network's variables, those of t + 1 after all others."""
    names = _names(network)
    now = tuple(name for name in names if not name.endswith(LATER))
    if len(now) == len(names):
        above = initial_parents(now, None)
    else:
        above = {name + LATER: parents for name, parents in transition_parents(now, None).items()}
    return tuple(frozenset(names.index(p) for p in above.get(name, ())) for name in names)


def _names(network: Network) -> list[str]:
    """Return the variables' names as settings have them: dv, dv(t+1); a label without a name stays."""
    plain = [base_label(label) for label in network.labels]
    later = [LATER if label.endswith(LATER) else "" for label in network.labels]
    return [NAMES.get(name, name) + time for name, time in zip(plain, later, strict=True)]
