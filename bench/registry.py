"""Seconds that registers of full size take: reading, and the one table out of two of them.

    python bench/registry.py [--rows 600000] [--tar1090 FILE] [--repeats 3]

MASTER.txt of that many aircraft is simulated (padded fields, 35 columns, as the FAA's) with an ACFTREF.txt
of 90,000 models. `--tar1090` names an aircraft table of tar1090 (real: 619,472 rows); without it one is
simulated for the same addresses, so that the two registers meet on every address.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars is imported

import numpy as np  # noqa: E402

from data_schemas.config import RegistrySettings  # noqa: E402
from tracks.registry import build_registry, lookup  # noqa: E402

MODELS = 90_000
HEADER = (
    "N-NUMBER,SERIAL NUMBER,MFR MDL CODE,ENG MFR MDL,YEAR MFR,TYPE REGISTRANT,NAME,STREET,STREET2,CITY,STATE,"
    "ZIP CODE,REGION,COUNTY,COUNTRY,LAST ACTION DATE,CERT ISSUE DATE,CERTIFICATION,TYPE AIRCRAFT,TYPE ENGINE,"
    "STATUS CODE,MODE S CODE,FRACT OWNER,AIR WORTH DATE,OTHER NAMES(1),OTHER NAMES(2),OTHER NAMES(3),"
    "OTHER NAMES(4),OTHER NAMES(5),EXPIRATION DATE,UNIQUE ID,KIT MFR, KIT MODEL,MODE S CODE HEX,"
)


def simulate_faa(folder: Path, rows: int) -> None:
    """Write MASTER.txt and ACFTREF.txt with the widths of the real files."""
    folder.mkdir()
    random = np.random.default_rng(0)
    addresses = 0xA00001 + np.sort(random.permutation(1_040_000)[:rows])
    models, kinds = random.integers(0, MODELS, rows), random.integers(1, 10, rows)
    years = random.integers(1990, 2024, rows)
    blank, names = f"{'':50}", ",".join(f"{'':50}" for _ in range(5))
    lines = (
        f"{i:<5},{i:<30},{m:07d},30069,2009,3,{blank},{'':33},{'':33},{'':18},OK,{'':10},2,109,US,20230310,"
        f"{y}0101,1T        ,{k},5 ,V ,{a:08o}, ,20100212,{names},{y + 7}1231,{i:08d},{'':30},{'':20},"
        f"{a:06X}    ,"
        for i, (a, m, k, y) in enumerate(zip(addresses, models, kinds, years, strict=True))
    )
    (folder / "MASTER.txt").write_text("\n".join([HEADER, *lines]) + "\n", encoding="ascii")
    reference = (
        f"{i:07d},{'CESSNA':<30},{f'MODEL {i}':<20},{i % 9 + 1},1 ,1,0,01,{i % 20:03d},CLASS 1,0105,"
        for i in range(MODELS)
    )
    head = "CODE,MFR,MODEL,TYPE-ACFT,TYPE-ENG,AC-CAT,BUILD-CERT-IND,NO-ENG,NO-SEATS,AC-WEIGHT,SPEED,"
    (folder / "ACFTREF.txt").write_text("\n".join([head, *reference]) + "\n", encoding="ascii")
    table = (f"{a:06x},N{i},C172,00,CESSNA 172" for i, a in enumerate(addresses))
    head = "icao24,registration,typecode,flags,description"
    (folder / "tar1090.csv").write_text("\n".join([head, *table]) + "\n", encoding="ascii")


def timed(name: str, rows: int, repeats: int, work: Callable[[], object]) -> None:
    """Print the median seconds of some work, on the clock and of the processor, and its rows a second."""
    clock, processor = [], []
    for _ in range(repeats):
        start, busy = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
    middle, busy = statistics.median(clock), statistics.median(processor)
    seconds = f"{middle:>8.2f}{min(clock):>7.2f}{max(clock):>7.2f}{busy:>7.2f}"
    print(f"{name:<40}{rows:>10,}{seconds}{rows / middle:>12,.0f}")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=600_000, help="aircraft of the simulated MASTER.txt")
    parser.add_argument("--tar1090", type=Path, metavar="FILE", help="an aircraft table of tar1090")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is timed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "faa"
        simulate_faa(folder, arguments.rows)
        faa = {"format": "faa", "path": str(folder)}
        table = {"format": "tar1090", "path": str(arguments.tar1090 or folder / "tar1090.csv")}
        out = Path(scratch) / "registry.parquet"
        print(f"{'one thread':<40}{'rows':>10}{'s':>8}{'least':>7}{'most':>7}{'CPU s':>7}{'rows/s':>12}")
        for name, sources in (("faa", [faa]), ("tar1090", [table]), ("both, with conflicts", [faa, table])):
            settings = RegistrySettings.model_validate({"sources": sources})
            rows = build_registry(settings, out).counts().rows_in
            work = lambda settings=settings: build_registry(settings, out)  # noqa: E731
            timed(f"registry build: {name}", rows, arguments.repeats, work)
        look = lambda: lookup(out, "A4BCC3", settings, [2020])  # noqa: E731
        timed("registry lookup, one year", 1, arguments.repeats, look)
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
