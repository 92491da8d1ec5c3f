"""Commands on encounter models: sample, prove."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_schemas.config import LaunchSettings
from data_schemas.errors import InputError
from data_schemas.sample_formats import SAMPLE_FORMATS
from data_schemas.task import Counts
from workflow.cli import options
from workflow.cli.ranks import on_all_ranks

if TYPE_CHECKING:
    import polars as pl


def add_commands(commands: Any) -> None:
    """Add `sample` and `prove`."""
    _add_sample(commands)
    _add_prove(commands)


def _add_sample(commands: Any) -> None:
    command = commands.add_parser(
        "sample",
        help="Sample 1 Hz tracks from an encounter model.",
        description="Sample tracks from a model file in the published format: an initial state from the "
        "initial network, then seconds of acceleration, vertical rate and turn rate from the transition "
        "network. Same seed, same tracks, on any number of ranks.",
        epilog="Example: trackmill sample uncor_all_Rotorcraft.txt -n 100000 --start G=1,A=4,L=500..1200",
    )
    command.add_argument("model", metavar="MODEL", type=Path, help="model file")
    command.add_argument(
        "--out",
        metavar="PATH",
        type=Path,
        help="folder to write to, on any number of ranks, or one file (.parquet, waypoints .dat), written by "
        "one process (default: folder MODEL_tracks)",
    )
    command.add_argument(
        "-n", "--tracks", metavar="N", type=int, default=1000, help="number of tracks (1000)"
    )
    command.add_argument("--seconds", metavar="S", type=int, default=120, help="length of a track, s (120)")
    command.add_argument(
        "--seed", metavar="N", type=int, default=7, dest="sample_seed", help="same seed, same tracks (7)"
    )
    command.add_argument(
        "--start",
        metavar="BINS",
        default="",
        help="bins of the first second, e.g. G=1,A=3+4,L=500..1200: numbers from 1, or a range of values",
    )
    command.add_argument(
        "--reject",
        choices=("track", "none"),
        default="track",
        help="draw a track anew that leaves the altitudes or speeds of the model (track), or keep all (none)",
    )
    command.add_argument(
        "--format",
        choices=SAMPLE_FORMATS,
        default="parquet",
        help="parquet; waypoints of em-core; csv of sample2track, a file a track; samples, the two text "
        "files of em_sample",
    )
    options.add_launch(command, default="serially", own_seed=True)
    command.set_defaults(run=_sample)


def _sample(arguments: argparse.Namespace) -> int:
    from workflow.stages.sample import Sample, sample_files, sample_folder

    launch = options.launch_settings(arguments, LaunchSettings(backend="serial"))
    form = arguments.format
    out = arguments.out or Path(f"{arguments.model.stem}_tracks")
    suffix = SAMPLE_FORMATS[form]
    if not 0 <= arguments.tracks < 1 << 31:
        raise InputError("-n", f"expected 0 to 2^31 - 1, found {arguments.tracks}", "give a number of tracks")
    if suffix and out.suffix and out.suffix != suffix:
        raise InputError(out, f"a file of {form} ends in {suffix}", "name it so, or name a folder")
    alone = bool(out.suffix) or not suffix
    if alone and launch.backend != "serial":
        what = f"{out} is written by one process"
        raise InputError(f"--backend {launch.backend}", what, "name a folder, for parquet or waypoints")
    sample = Sample(
        arguments.model,
        arguments.tracks,
        arguments.seconds,
        arguments.sample_seed,
        arguments.start,
        arguments.reject == "track",
        form,
    )

    def work() -> None:
        counts = sample_files(out, sample) if alone else sample_folder(out, sample, launch)
        if counts is not None:
            print(f"{out}: {counts.rows_out:,} tracks of {sample.seconds} s{_rejected(counts)}")

    return on_all_ranks(launch, work)


def _rejected(counts: Counts) -> str:
    reasons = ", ".join(f"{reason} {number:,}" for reason, number in sorted(counts.left.items()))
    return f"; {sum(counts.left.values()):,} rejected on the way ({reasons})" if reasons else ""


def _add_prove(commands: Any) -> None:
    command = commands.add_parser(
        "prove",
        help="Prove the sampler on a model: statistics of samples, and the model got back from them.",
        description="Sample a model and compare: the bins of the first two seconds with the exact marginal "
        "and pairwise tables (chi-square, level 0.001 over all), and a model trained on samples with it "
        "(total variation of every well observed column, resample rates within 2 %). Exit code 1 where "
        "something differs.",
    )
    command.add_argument("model", metavar="MODEL", type=Path, help="model file")
    command.add_argument(
        "-n", "--tracks", metavar="N", type=int, default=1_000_000, help="tracks for the tables (1000000)"
    )
    command.add_argument(
        "--seconds", metavar="S", type=int, default=10_000_000, help="seconds to train on (10000000)"
    )
    command.add_argument("--seed", metavar="N", type=int, default=7, help="seed of the samples (7)")
    command.set_defaults(run=_prove)


def _prove(arguments: argparse.Namespace) -> int:
    from tracks.models.file import read_model
    from tracks.models.goodness import check_samples
    from tracks.models.recovery import recover
    from tracks.models.sample import sample_tracks

    for option in ("tracks", "seconds"):
        if getattr(arguments, option) < 1:
            raise InputError(f"--{option}", "expected at least 1", "give more")
    model = read_model(arguments.model)
    checks = check_samples(model, sample_tracks(model, arguments.tracks, 2, arguments.seed))
    found = recover(model, arguments.seconds, arguments.seed)
    for words, table in (
        ("tables of the first two seconds agree", checks),
        ("tables are got back", found.tables),
        ("resample rates are got back", found.rates),
    ):
        print(_lines(table))
        print(f"{table['passed'].sum()} of {table.height} {words}\n")
    return 0 if found.passed and checks["passed"].all() else 1


def _lines(table: pl.DataFrame) -> str:
    """Return a table as aligned text; numbers have four significant digits."""
    rows = [
        [f"{value:.4g}" if isinstance(value, float) else str(value) for value in row] for row in table.rows()
    ]
    columns = list(zip(table.columns, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    return "\n".join(
        "  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True))
        for line in zip(*columns, strict=True)
    )
