"""The ledger of a stage: one row a task attempt, in a folder beside the stage's outputs.

Each worker appends JSON lines to a file of its own, `part-<run>-<worker>.jsonl`, so that however many there
are, no two write to one file. At the end of a run they are merged into `ledger.parquet`. The ledger can be
read at any time, also after a kill.
"""

from jobs.ledger.lines import InFlight, PartReader
from jobs.ledger.merged import MERGED, batches, known_runs, merge, new_run, read_ledger
from jobs.ledger.part import PartWriter, create_part, part_path, part_run, printable, tally
from jobs.ledger.row import Place, Row, Status

__all__ = [
    "MERGED",
    "InFlight",
    "PartReader",
    "PartWriter",
    "Place",
    "Row",
    "Status",
    "batches",
    "create_part",
    "known_runs",
    "merge",
    "new_run",
    "part_path",
    "part_run",
    "printable",
    "read_ledger",
    "tally",
]
