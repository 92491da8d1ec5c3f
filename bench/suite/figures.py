"""What is measured, beside which peers, and what is aimed at: the table of the issue on speed."""

from __future__ import annotations

from dataclasses import dataclass

TINY = "tiny"
"""Some 3,000 rows: what a task costs however few its rows are."""
ALL = ("1x", "4x", "16x")
SMALL = ("1x",)
"""For peers that are slow, and for what is compared with them alone."""


@dataclass(frozen=True)
class Planned:
    """A step on a kind of data in some sizes; `peers`: in the environment of the peers.

    `repeats`: a step that takes long is measured no more often. `long`: it is not run before it is measured.
    """

    step: str
    kind: str
    sizes: tuple[str, ...] = (TINY, *ALL)
    peers: bool = False
    repeats: int = 99
    long: bool = False


@dataclass(frozen=True)
class Ratio:
    """Our rate over that of a peer on the same data in the same repeat.

    With `at_most`, our time over the time of the slowest of the peers, on the clock, is to be at most that.
    """

    words: str
    peers: tuple[str, ...]
    at_least: float | None = None
    at_most: float | None = None
    wall: bool = False


@dataclass(frozen=True)
class Figure:
    """A line of the table: a step, its aim, and the peers that it is compared with."""

    words: str
    step: str
    kind: str
    unit: str = "rows"
    at_least: float | None = None
    ratios: tuple[Ratio, ...] = ()
    wall: bool = False
    made: str = ""
    """Count these instead of the rows read."""


PLAN = (
    Planned("organize_csv", "hour"),
    Planned("polars_rewrite", "hour"),
    Planned("organize_cold", "hour"),
    Planned("polars_read_16", "hour"),
    Planned("polars_read_8", "hour"),
    Planned("organize_tar", "hour"),
    Planned("gunzip", "hour"),
    Planned("archive", "10 s"),
    Planned("parquet_copy", "10 s"),
    Planned("archive", "hours"),
    Planned("archive_windows", "hours"),
    Planned("merge_hours", "merge", repeats=1, long=True),
    Planned("merge_hours_fused", "merge", repeats=1, long=True),
    Planned("list_hours", "merge", repeats=1, long=True),
    Planned("kernels", "1 Hz"),
    Planned("numpy_loop", "1 Hz", SMALL, peers=True),
    Planned("traffic", "1 Hz", SMALL, peers=True),
    Planned("kernels", "10 s"),
    Planned("numpy_loop", "10 s", SMALL, peers=True, repeats=2),
    Planned("process", "1 Hz"),
    Planned("process", "10 s"),
    Planned("fused", "10 s"),
    Planned("fused", "1 Hz"),
    Planned("fused_with_archive", "10 s"),
    Planned("statistics", "1 Hz"),
    Planned("train", "1 Hz"),
    Planned("train_counts", "1 Hz"),
    Planned("raw_to_archive", "10 s", SMALL),
    Planned("published_write", "10 s", SMALL),
    Planned("read_archive", "10 s", SMALL),
    Planned("published_read", "10 s", SMALL),
    Planned("raw_to_tracks", "10 s", SMALL),
    Planned("pandas_raw_to_tracks", "10 s", SMALL, peers=True, repeats=1),
)

_LOOP = "a literal NumPy loop over aircraft and segments"

FIGURES = (
    Figure(
        "organize, plain CSV, 16 columns, sorted Parquet out",
        *("organize_csv", "hour"),
        at_least=1.5e6,
        ratios=(
            Ratio("polars reading and rewriting the same columns, unsorted", ("polars_rewrite",), 0.7),
            Ratio("polars only reading 16 columns", ("polars_read_16",)),
            Ratio("polars only reading 8 columns", ("polars_read_8",)),
        ),
    ),
    Figure(
        "the same by the clock, file not in the page cache",
        *("organize_cold", "hour"),
        wall=True,
        ratios=(Ratio("the file in the page cache", ("organize_csv",), wall=True),),
    ),
    Figure(
        "organize, tar with gzip, by the clock",
        *("organize_tar", "hour"),
        wall=True,
        ratios=(
            Ratio(
                "time of the slower of gunzip alone and of organizing the plain file",
                ("gunzip", "organize_csv"),
                at_most=1.1,
                wall=True,
            ),
        ),
    ),
    Figure(
        "archive merge",
        *("archive", "10 s"),
        at_least=3e6,
        ratios=(Ratio("polars copying the organized Parquet", ("parquet_copy",), 0.6),),
    ),
    Figure("archive merge of many hours (16x: 640 files) into one leaf", "archive", "hours"),
    Figure("the same in windows: memory for 160,000 rows", "archive_windows", "hours"),
    Figure("one of the paper's 64 merges: 28,600 rows of each hour, of 800 of 2400", "merge_hours", "merge"),
    Figure(
        "the same with process, statistics and train fused",
        *("merge_hours_fused", "merge"),
        made="seconds",
    ),
    Figure("the list of all its merges", "list_hours", "merge", "hour files"),
    Figure(
        "process kernels, 1 Hz data",
        *("kernels", "1 Hz", "observations"),
        at_least=5e6,
        ratios=(
            Ratio("`traffic` with NumPy dtypes", ("traffic",), 80),
            Ratio(_LOOP, ("numpy_loop",), 25),
        ),
    ),
    Figure(
        "process kernels, 10 s data",
        *("kernels", "10 s", "observations"),
        at_least=2.5e6,
        made="seconds",
        ratios=(Ratio(_LOOP, ("numpy_loop",)),),
    ),
    Figure(
        "process whole: read, clean, enrich, write, 1 Hz data",
        *("process", "1 Hz", "observations"),
        at_least=1.2e6,
    ),
    Figure(
        "process whole, 10 s data",
        *("process", "10 s", "observations"),
        made="seconds",
    ),
    Figure(
        "process, statistics and train fused, tracks not written, 10 s data",
        *("fused", "10 s", "observations"),
        at_least=1e6,
        made="seconds",
    ),
    Figure("the same, 1 Hz data", "fused", "1 Hz", "observations"),
    Figure(
        "archive, process, statistics and train fused, 10 s data",
        *("fused_with_archive", "10 s"),
        made="seconds",
    ),
    Figure("statistics, from Parquet", "statistics", "1 Hz", "seconds"),
    Figure("train counts, in memory", "train_counts", "1 Hz", "seconds", at_least=2e7),
    Figure("train, from Parquet", "train", "1 Hz", "seconds"),
    Figure(
        "organize and archive, 10 s data",
        *("raw_to_archive", "10 s"),
        ratios=(Ratio("the published layout: a CSV an aircraft and hour, zipped", ("published_write",)),),
    ),
    Figure(
        "reading the archive",
        *("read_archive", "10 s"),
        ratios=(Ratio("reading the zipped CSV files", ("published_read",)),),
    ),
    Figure(
        "raw to tracks: organize, archive, process, 10 s data",
        *("raw_to_tracks", "10 s"),
        ratios=(Ratio("pandas and NumPy, aircraft by aircraft", ("pandas_raw_to_tracks",)),),
    ),
)

PAIRS = (
    ("organize_csv", "hour"),
    ("archive", "10 s"),
    ("kernels", "1 Hz"),
    ("process", "1 Hz"),
    ("process", "10 s"),
    ("fused", "10 s"),
    ("statistics", "1 Hz"),
    ("train", "1 Hz"),
)
"""Steps that two processes do at once."""
PAIR_LIMITS = ("count_alone", "copy_memory")
PAIR_AT_LEAST = 1.85

COSTS = (
    ("organize", "organize_csv", "hour"),
    ("archive", "archive", "10 s"),
    ("process, 1 Hz", "process", "1 Hz"),
    ("process, 10 s", "process", "10 s"),
    ("fuse, 10 s", "fused", "10 s"),
    ("statistics", "statistics", "1 Hz"),
    ("train", "train", "1 Hz"),
)
"""Stages whose largest costs are named."""

WORKLOAD_ROWS = 4.4e9
WORKLOAD_HOURS = 2400
WORKLOAD_AT_MOST_CORE_HOURS = 5.0
"""The paper's first workload: OpenSky's hours of Mondays, 10 s apart."""

MEMORY_AT_MOST_BYTES = 2 << 30
ARCHIVE_AT_MOST_SHARE = 0.12
TRACKS_AT_MOST_BYTES_A_SECOND = 20.0
