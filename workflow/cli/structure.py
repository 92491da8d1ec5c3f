"""Command on the graphs of encounter models: structure."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, get_args

from data_schemas.config import StructureSettings
from data_schemas.files import write_text
from data_schemas.packaged import resolve
from workflow.cli import options


def add_commands(commands: Any) -> None:
    """Add `structure`."""
    command = commands.add_parser(
        "structure",
        help="Learn the graphs of an encounter model from its counts.",
        description="Search the graphs that make the counts of a model most probable (Bayesian-Dirichlet "
        "score), and show what they score beside the model's own and the published ones. All graphs of the "
        "first second are searched where the model's last variable has all others as parents, as published; "
        "those of the next second have parents among the ones the model was counted with: set "
        "transition_graph to all variables (see config/defaults.yaml) to have the choice.",
        epilog="Example: trackmill structure uncor_all_Rotorcraft.txt --search greedy --score bdeu",
    )
    command.add_argument("model", metavar="MODEL", help="model file; package:NAME is one the package ships")
    searches = [
        name for name in get_args(StructureSettings.model_fields["search"].annotation) if name != "none"
    ]
    command.add_argument(
        "--search", choices=searches, help="k2: in the model's order; greedy: hill climbing (k2)"
    )
    scores = get_args(StructureSettings.model_fields["score"].annotation)
    command.add_argument("--score", choices=scores, help="prior counts of 1 in each cell, or BDeu (k2)")
    command.add_argument(
        "--equivalent-sample-size", metavar="N", type=float, help="sum of the prior counts of bdeu (1)"
    )
    command.add_argument(
        "--max-parents", metavar="N", type=int, help="most parents of a variable (any number)"
    )
    command.add_argument("--out", metavar="FILE", type=Path, help="JSON file for graphs and scores")
    command.add_argument("--model-out", metavar="FILE", type=Path, help="model file with the learned graphs")
    command.set_defaults(run=_structure)


def _structure(arguments: argparse.Namespace) -> None:
    from tracks.models.file import read_model, write_model
    from tracks.structure.learn import learn

    settings = options.structure_settings(arguments, StructureSettings(search="k2"))
    model = resolve(arguments.model)
    learned, facts = learn(read_model(model), settings)
    for network in ("initial", "transition"):
        print("\n".join(_lines(network, facts[network])))
    if arguments.out:
        write_text(arguments.out, json.dumps({"model": model.name} | facts, indent=1) + "\n")
    if arguments.model_out:
        write_model(learned, arguments.model_out)


def _lines(network: str, facts: Any) -> list[str]:
    """Return a network's scores, and below each variable's learned parents."""
    scores = facts["log_score"]
    known = ", ".join(f"{kind} {score:,.1f}" for kind, score in scores.items())
    lines = [f"{network} network, {facts['counted']:,} counted: log score {known}"]
    for family in facts["families"]:
        gain = family["learned"]["log_score"] - family["own"]["log_score"]
        parents = ", ".join(family["learned"]["parents"]) or "none"
        lines.append(f"  {family['variable']:<10} {gain:+16,.1f} over its own with parents {parents}")
    return lines
