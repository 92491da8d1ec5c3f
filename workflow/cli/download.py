"""Command `download`: OpenSky's weekly data set into a folder, its terms shown first."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_schemas.config import DownloadSettings
from data_schemas.errors import InputError, StageFailedError
from jobs.lock import only_run
from jobs.progress import Look, duration_text, follow
from workflow.cli import options
from workflow.layout import Layout, raw_folder

if TYPE_CHECKING:
    from tracks.download import Download, Outcome

_FOLDER = Path("raw/mondays")
_SHOWN_FAILURES = 20
_EPILOG = """\
  trackmill download --mondays 2018..2020                 the published study's years, into raw/mondays
  trackmill download raw/june --mondays 2018-06 --hours 6..18
  trackmill download --dataset mondays --config my.yaml   what the configuration says, into its raw folder

Run the same again after any interruption: it goes on where it stopped, and fetches nothing that is there.
Proxies: HTTP_PROXY, HTTPS_PROXY, NO_PROXY. Exit codes: 0 all is there that the server has; 1 some files
failed; 2 bad input, no room on the disk or terms not accepted.
"""


def add_commands(commands: Any) -> None:
    """Add `download`."""
    command = commands.add_parser(
        "download",
        help="Fetch hours of OpenSky's weekly state vectors.",
        description="Fetch raw hour files of OpenSky's weekly data set (Mondays, 2017-06-05 to 2022-06-27):\n"
        "resumed, checked from the first byte to the last, listed in download.jsonl beside them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("out", metavar="DIR", type=Path, nargs="?", help=f"folder (default: {_FOLDER})")
    command.add_argument("--licences", action="store_true", help="show the terms of the data and stop")
    command.add_argument("--check", action="store_true", help="read all that was fetched again and stop")
    command.add_argument("--ask-again", action="store_true", help="ask for hours the server did not have")
    options.add_download(command)
    options.add_dataset(command)
    command.set_defaults(run=_download)


@dataclass(frozen=True)
class _Order:
    """What is to be fetched, where to, and the file that says so when it is done (None: none)."""

    settings: DownloadSettings
    folder: Path
    mark: Path | None


def _download(arguments: argparse.Namespace) -> None:
    from tracks.download import Download, licences_text

    if arguments.licences:
        print(licences_text(), end="")
        return
    order = _order(arguments)
    if arguments.check:
        _check(order.folder)
        return
    if not order.settings.wanted:
        raise InputError("--mondays", "is missing", "e.g. --mondays 2018..2020")
    with only_run(order.folder):
        _agree(order.folder, order.settings)
        if order.mark:
            order.mark.unlink(missing_ok=True)  # it is not done until it says so again
        download = Download(order.settings, order.folder, ask_again=arguments.ask_again)
        with follow("download", len(download.hours), _look(download)):
            outcomes = download.run()
    print(_report(order.folder, outcomes))
    counts = Counter(outcome.status.value for outcome in outcomes)
    undone = [f"{counts[status]} {status}" for status in ("failed", "not tried") if counts[status]]
    if undone:
        message = f"{order.folder}: {' and '.join(undone)} of {len(outcomes)} hours; the same command goes on"
        raise StageFailedError(message)
    if order.mark:
        _write_mark(order.mark, outcomes)


def _order(arguments: argparse.Namespace) -> _Order:
    """Return what the options ask for: a data set's download, or one of its own."""
    if arguments.dataset is None and (arguments.mondays or arguments.out):
        known = arguments.config.exists() or arguments.config != options.DEFAULT_CONFIG
        below = options.read_config(arguments).download if known else DownloadSettings()
        return _Order(options.download_settings(arguments, below), arguments.out or _FOLDER, None)
    config = options.read_config(arguments)
    name = options.dataset_name(arguments, config)
    settings = options.download_settings(arguments, config.dataset(name).download)
    if arguments.out:
        return _Order(settings, arguments.out, None)
    mark = Layout(Path(config.results)).summary(name, "download")
    return _Order(settings, raw_folder(config, name), mark)


def _agree(folder: Path, settings: DownloadSettings) -> None:
    """Show the terms before the first download into a folder, and go on only if they are accepted."""
    from tracks.download import LICENCES, accepted, licences_text, write_accepted

    if accepted(folder):
        return
    print(licences_text(), file=sys.stderr)
    how = "by --accept-licences or download.accept_licences"
    if not settings.accept_licences:
        if not sys.stdin.isatty():
            remedy = "read them above, then add --accept-licences or set download.accept_licences: true"
            raise InputError(folder, "the terms of the data are not accepted", remedy)
        print("Do you accept these terms? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise InputError(folder, "the terms of the data are not accepted", "nothing was fetched")
        how = "by an answer on a terminal"
    write_accepted(folder, how)
    print(f"accepted {how}; written to {folder / LICENCES}", file=sys.stderr)


def _report(folder: Path, outcomes: Sequence[Outcome]) -> str:
    """Return a table of the days that lack hours, the failures, and a line that sums all up."""
    lines = _table(outcomes)
    failures = [outcome for outcome in outcomes if outcome.status == "failed"]
    lines += [f"{outcome.hour.name}: {outcome.reason}" for outcome in failures[:_SHOWN_FAILURES]]
    lines += [f"and {len(failures) - _SHOWN_FAILURES} more"] if len(failures) > _SHOWN_FAILURES else []
    lines += sorted({f"not tried: {o.reason}" for o in outcomes if o.status == "not tried" and o.reason})
    counts = Counter(outcome.status.value for outcome in outcomes)
    fetched = sum(outcome.bytes for outcome in outcomes if outcome.status == "fetched")
    size = f"{counts['fetched']} fetched ({fetched / 1e9:.3g} GB)" if fetched else "nothing fetched"
    parts = [size, f"{counts['there']} were there", f"{counts['absent']} absent from the server"]
    parts += [f"{counts[status]} {status}" for status in ("failed", "not tried") if counts[status]]
    return "\n".join([*lines, f"{folder}: of {len(outcomes)} hours {', '.join(parts)}"])


def _table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each day that lacks hours, with the number of its hours by what became of them."""
    columns = ("there", "fetched", "absent", "failed", "not tried")
    days: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        days.setdefault(outcome.hour.day, Counter())[outcome.status.value] += 1
    lacking = {day: counts for day, counts in days.items() if any(counts[c] for c in columns[2:])}
    if not lacking:
        return []
    lines = ["day       " + "".join(f"{column:>11}" for column in columns)]
    return lines + [
        f"{day:10}" + "".join(f"{counts[column]:>11}" for column in columns)
        for day, counts in lacking.items()
    ]


def _write_mark(mark: Path, outcomes: Sequence[Outcome]) -> None:
    from data_schemas.files import write_text

    absent = [outcome.hour.name for outcome in outcomes if outcome.status == "absent"]
    total = sum(outcome.bytes for outcome in outcomes)
    facts = {"stage": "download", "hours": len(outcomes) - len(absent), "bytes": total, "absent": absent}
    write_text(mark, json.dumps(facts, indent=1) + "\n")


def _check(folder: Path) -> None:
    from tracks.download import check_files

    files, problems = check_files(folder)
    for problem in problems:
        print(problem)
    if problems:
        message = f"{folder}: {len(problems)} of {files} files differ; remove them and download again"
        raise StageFailedError(message)
    print(f"{folder}: {files} files are as they were fetched")


def _look(download: Download) -> Look:
    """Return what looks how far a download is: hours, bytes a second, time left."""
    begun = len(download.outcomes)

    def look(seconds: float) -> tuple[int, str]:
        outcomes = list(download.outcomes.values())
        done, failed = len(outcomes), sum(outcome.status == "failed" for outcome in outcomes)
        parts = [f"{done} of {len(download.hours)} hours"]
        parts += [f"{failed} failed"] if failed else []
        parts.append(f"{download.tally.bytes / 1e6 / seconds:.1f} MB/s")
        if done > begun:
            left_s = seconds * (len(download.hours) - done) / (done - begun)
            parts.append(f"about {duration_text(left_s)} left")
        return done, ", ".join(parts)

    return look
