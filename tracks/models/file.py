r"""The published ASCII format of encounter models, read and written.

Ten sections, each a line `# name` and the lines below it: `labels_initial` ("G", "A", "L", "v", "\dot v",
...), `G_initial` (adjacency, row parent, column child), `r_initial` (bins), `N_initial` (the tables one after
another, each column-major: the variable's own bin fastest, then its first parent), the same four for the
transition (tables only for the variables at t+1), `boundaries` (a line a variable, `*` where categorical) and
`resample_rates`. Every number is followed by a blank, but the last of a line of boundaries is not (in some
published files it is).

Any file of the format is read, whatever its variables and graphs: of OpenSky, RADES, unconventional aircraft.
What is written of it again has the same numbers and graphs, and is the same to the byte where boundaries
end without a blank.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from data_schemas.files import write_text
from tracks.models.network import EncounterModel, Network
from tracks.models.parse import Reader


def read_model(path: str | Path) -> EncounterModel:
    """Read an encounter model.

    Raises
    ------
    InputError
        The file is missing or not of the format; the line says which section and line, and what was expected.
    """
    reader = Reader.of(path)
    initial = _network(reader, "initial", None)
    transition = _network(reader, "transition", initial)
    boundaries = reader.boundaries(initial.bins)
    rates = reader.rates(len(initial.labels))
    return EncounterModel(initial, transition, boundaries, rates)


def write_model(model: EncounterModel, path: str | Path) -> None:
    """Write an encounter model in the published format, complete or not at all."""
    write_text(path, model_text(model))


def model_text(model: EncounterModel) -> str:
    """Return the text of a model's file."""
    lines: list[str] = []
    for name, network in (("initial", model.initial), ("transition", model.transition)):
        lines += [f"# labels_{name}", ", ".join(f'"{label}"' for label in network.labels) + " "]
        lines += [f"# G_{name}", *(_row(row) for row in _adjacency(network))]
        lines += [f"# r_{name}", _row(network.bins)]
        tables = [table.ravel(order="F") for table in network.tables if table is not None]
        lines += [f"# N_{name}", _row(itertools.chain.from_iterable(t.tolist() for t in tables))]
    lines.append("# boundaries")
    lines += ["* " if cuts is None else " ".join(map(_number, cuts)) for cuts in model.boundaries]
    lines += ["# resample_rates", _row(map(_number, model.resample_rates))]
    return "\n".join(lines) + "\n"


def _network(reader: Reader, name: str, initial: Network | None) -> Network:
    """Read the four sections of a network; the transition's are checked against the initial network."""
    labels = reader.labels(f"labels_{name}", initial)
    parents = reader.graph(f"G_{name}", len(labels))
    bins = reader.bins(f"r_{name}", labels, initial)
    known = len(initial.labels) if initial else 0
    network = Network(labels, parents, bins, ())
    shapes = [(bins[i], network.configurations(i)) for i in range(known, len(labels))]
    tables = reader.tables(f"N_{name}", shapes)
    return Network(labels, parents, bins, (*(None for _ in range(known)), *tables))


def _adjacency(network: Network) -> list[list[int]]:
    matrix = np.zeros((len(network.labels),) * 2, np.int64)
    for child, above in enumerate(network.parents):
        matrix[list(above), child] = 1
    return [list(map(int, row)) for row in matrix]


def _row(numbers: Iterable[object]) -> str:
    return "".join(f"{number} " for number in numbers)


def _number(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
