"""Command on pairs of sampled tracks: encounters."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_schemas.errors import InputError
from data_schemas.packaged import resolve

if TYPE_CHECKING:
    from tracks.encounters.flights import Flights
    from tracks.models.network import EncounterModel


def add_commands(commands: Any) -> None:
    """Add `encounters`."""
    command = commands.add_parser(
        "encounters",
        help="Place pairs of tracks to meet, for simulations of detect and avoid.",
        description="Draw an intruder from a model for each ownship, in the same geographic domain and "
        "airspace class, and place it so that both meet at given miss distances. Encounters have weights "
        "proportional to how often such ones happen: see docs/method.md.",
        epilog="Example: trackmill encounters intruder.txt --own own.txt -n 10000 --hmd-ft 0..2000",
    )
    command.add_argument(
        "intruder", metavar="MODEL", help="model file of the intruder; package:NAME is one the package ships"
    )
    own = command.add_mutually_exclusive_group(required=True)
    own.add_argument("--own", metavar="MODEL", help="model file that ownship is sampled from")
    own.add_argument(
        "--own-track",
        metavar="FILE",
        type=Path,
        help="ownship of all encounters: 1 Hz, CSV or Parquet, columns time_s, north_ft, east_ft, alt_ft_agl",
    )
    own.add_argument(
        "--own-straight",
        metavar="KT,FT,FT/MIN",
        help="ownship of all encounters: speed, altitude above ground at the start, vertical rate",
    )
    command.add_argument("-n", "--encounters", metavar="N", type=int, default=1000, help="number (1000)")
    command.add_argument(
        "--hmd-ft",
        metavar="LOW..HIGH",
        default="0..500",
        help="horizontal miss distance, either side (0..500)",
    )
    command.add_argument(
        "--vmd-ft", metavar="LOW..HIGH", default="0..100", help="miss distance above or below (0..100)"
    )
    command.add_argument("--before", metavar="S", type=int, default=120, help="s before they meet (120)")
    command.add_argument("--after", metavar="S", type=int, default=30, help="s after (30)")
    command.add_argument(
        "--apart-ft", metavar="H,V", default="0,0", help="no encounter begins nearer than both (0,0)"
    )
    command.add_argument("--own-start", metavar="BINS", default="", help="as --start of trackmill sample")
    command.add_argument(
        "--intruder-start", metavar="BINS", default="", help="as --start of trackmill sample"
    )
    command.add_argument("--seed", metavar="N", type=int, default=7, help="same seed, same encounters (7)")
    command.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("encounters"), help="folder to write to (encounters)"
    )
    command.add_argument(
        "--plain", action="store_true", help="write CSV and the waypoints of em-core (waypoints.dat) too"
    )
    command.set_defaults(run=_encounters)


def _encounters(arguments: argparse.Namespace) -> None:
    from tracks.encounters.draw import Asked
    from tracks.encounters.files import write_encounters
    from tracks.encounters.flights import Flights
    from tracks.encounters.pairs import Pairing
    from tracks.models.file import read_model
    from tracks.models.start import parse_start

    for name, least in (("encounters", 1), ("before", 1), ("after", 0)):
        if getattr(arguments, name) < least:
            found = getattr(arguments, name)
            raise InputError(f"--{name} {found}", "is too small", f"give {least} or more")
    apart = _numbers("--apart-ft", arguments.apart_ft, ",", 2)
    asked = Asked(
        arguments.before,
        arguments.after,
        _range("--hmd-ft", arguments.hmd_ft),
        _range("--vmd-ft", arguments.vmd_ft),
        (apart[0], apart[1]),
    )
    intruder, own = read_model(resolve(arguments.intruder)), _own(arguments, asked.seconds)
    if arguments.own_start and isinstance(own, Flights):
        raise InputError("--own-start", "ownship is not sampled", "give it with --own MODEL")
    starts = [
        parse_start(text, model) if text and not isinstance(model, Flights) else None
        for text, model in ((arguments.own_start, own), (arguments.intruder_start, intruder))
    ]
    pairing = Pairing(own, intruder, asked, arguments.seed, *starts)
    facts = write_encounters(
        arguments.out, pairing, arguments.encounters, _about(arguments), plain=arguments.plain
    )
    print(_line(arguments.out, facts))


def _own(arguments: argparse.Namespace, seconds: int) -> EncounterModel | Flights:
    from tracks.encounters.flights import read_track, straight
    from tracks.models.file import read_model

    if arguments.own:
        return read_model(resolve(arguments.own))
    if arguments.own_track:
        return read_track(arguments.own_track, seconds)
    speed, altitude, rate = _numbers("--own-straight", arguments.own_straight, ",", 3)
    if speed <= 0:
        raise InputError("--own-straight", f"speed is {speed:g} kt", "give a speed above 0")
    return straight(speed, altitude, rate, seconds)


def _about(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what decides the encounters, models and tracks by the names of their files."""
    named = ("hmd_ft", "vmd_ft", "before", "after", "apart_ft", "own_start", "intruder_start", "seed")
    own = arguments.own or arguments.own_track
    return {
        "own": Path(own).name if own else f"straight {arguments.own_straight}",
        "intruder": Path(arguments.intruder).name,
        **{name: getattr(arguments, name) for name in named},
    }


def _line(out: Path, facts: dict[str, Any]) -> str:
    rejected = ", ".join(f"{reason} {number:,}" for reason, number in facts["rejected"].items())
    words = f"{out}: {facts['encounters']:,} encounters of {facts['pairs_drawn']:,} pairs drawn"
    words += f" (rejected: {rejected})" if rejected else ""
    if "rate_nm2_h" in facts:
        words += f"; {facts['rate_nm2_h']:.4g} encounters an hour for one intruder a NM^2"
    return words


def _range(option: str, text: str) -> tuple[float, float]:
    """Read LOW..HIGH or one value of a miss distance."""
    low, high = _numbers(option, text if ".." in text else f"{text}..{text}", "..", 2)
    if not 0 <= low <= high:
        raise InputError(
            f"{option} {text}", "is not 0 <= LOW <= HIGH", "e.g. 0..500, or 500; sides are drawn"
        )
    return low, high


def _numbers(option: str, text: str, between: str, count: int) -> list[float]:
    words = text.split(between)
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        form = between.join(["NUMBER"] * count)
        raise InputError(f"{option} {text}", f"is not {form}", "see trackmill encounters --help")
    return numbers
