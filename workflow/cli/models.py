"""Commands on encounter models: sample."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_commands(commands: Any) -> None:
    """Add `sample`."""
    command = commands.add_parser(
        "sample",
        help="Sample 1 Hz tracks from an encounter model.",
        description="Sample tracks from a model file in the published format: an initial state from the "
        "initial network, then seconds of acceleration, vertical rate and turn rate from the transition "
        "network.",
        epilog="Example: trackmill sample models/uncor_all_Rotorcraft.txt --out tracks.parquet -n 1000",
    )
    command.add_argument("model", metavar="MODEL", type=Path, help="model file")
    command.add_argument("--out", metavar="FILE", type=Path, required=True, help="Parquet file to write")
    command.add_argument(
        "-n", "--tracks", metavar="N", type=int, default=1000, help="number of tracks (1000)"
    )
    command.add_argument("--seconds", metavar="S", type=int, default=120, help="length of a track, s (120)")
    command.add_argument("--seed", metavar="N", type=int, default=7, help="same seed, same tracks (7)")
    command.set_defaults(run=_sample)


def _sample(arguments: argparse.Namespace) -> None:
    from tracks.models.file import read_model
    from tracks.models.sample import sample_tracks, write_sampled

    sampled = sample_tracks(read_model(arguments.model), arguments.tracks, arguments.seconds, arguments.seed)
    write_sampled(sampled, arguments.out)
    print(f"{arguments.out}: {arguments.tracks} tracks of {arguments.seconds} s")
