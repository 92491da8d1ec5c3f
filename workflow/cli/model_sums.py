"""Commands on trained models: add."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from data_schemas.errors import InputError


def add_commands(commands: Any) -> None:
    """Add `models`."""
    models = commands.add_parser("models", help="Add up trained models.")
    actions = models.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser(
        "add",
        help="add models of different data to one model of all of it",
        description="Add the counts of models of one kind, type and squawk scope that were trained on other "
        "days or other aircraft: the same file as if trained on all data at once. Each needs the .json that "
        "was written beside it.",
        epilog="Example: trackmill models add 1/uncor_all_Glider.txt 2/uncor_all_Glider.txt --out sum.txt",
    )
    add.add_argument("models", metavar="MODEL", type=Path, nargs="+", help="model file")
    add.add_argument("--out", metavar="FILE", type=Path, required=True, help="model file to write, .txt")
    add.set_defaults(run=_add)


def _add(arguments: argparse.Namespace) -> None:
    from tracks.models.trained import add_models, read_trained

    out: Path = arguments.out
    if out.suffix != ".txt":
        raise InputError(out, "model files end in .txt", "name it so")
    total = add_models((path, read_trained(path)) for path in arguments.models)
    total.write(out)
    print(f"{out}: {total.observations:,} observations, {total.flight_hours:,.2f} flight hours")
