"""Encounters a second on one core: drawn and placed, and written as files.

    .venv/bin/python bench/encounters.py [MODEL] [--encounters 20000] [--repeats 3]

Both aircraft are of the model (default: the one the package ships), 121 s before they meet and 30 s after; or
ownship flies straight. Processor time, after the kernels are compiled; median and spread of the repeats.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars and numba are imported

from data_schemas.packaged import resolve  # noqa: E402
from tracks.encounters.draw import Asked  # noqa: E402
from tracks.encounters.files import write_encounters  # noqa: E402
from tracks.encounters.flights import straight  # noqa: E402
from tracks.encounters.pairs import Pairing  # noqa: E402
from tracks.models.file import read_model  # noqa: E402


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", default="package:uncor_1200only_rotorcraft_v1p2.txt")
    parser.add_argument("--encounters", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    model, asked = read_model(resolve(given.model)), Asked(120, 30, (0, 500), (0, 100))
    level = straight(100, 1000, 0, asked.seconds)
    for own, words in ((model, "ownship sampled"), (level, "ownship straight")):
        for plain in (None, False, True):
            rates = []
            for repeat in range(given.repeats + 1):
                pairing = Pairing(own, model, asked, 7)
                first = time.process_time()
                if plain is None:
                    for _ in pairing.blocks(given.encounters):
                        pass
                else:
                    with tempfile.TemporaryDirectory() as folder:
                        write_encounters(Path(folder), pairing, given.encounters, {}, plain=plain)
                if repeat:  # the first compiles
                    rates.append(given.encounters / (time.process_time() - first))
            kind = {None: "drawn", False: "Parquet", True: "Parquet, CSV and waypoints"}[plain]
            spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
            print(f"{words}, {kind}: {statistics.median(rates):,.0f} a second ({spread})")


if __name__ == "__main__":
    main()
