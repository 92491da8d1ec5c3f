"""The ledger of every row, and how the stages were run."""

from __future__ import annotations

from workflow.layout import STAGES
from workflow.report import page
from workflow.report.results import Results

_CHAIN = (
    ("organize", "rows_out", "archive", "rows_in", "organized rows are archived"),
    ("archive", "rows_in", "archive", "rows_out", "the archive loses nothing"),
    ("archive", "rows_out", "process", "rows_in", "archived rows are processed"),
    ("process", "seconds", "statistics", "rows_in", "seconds of tracks are counted"),
    ("process", "seconds", "train", "rows_in", "seconds of tracks are offered to training"),
)


def balance(results: Results) -> list[tuple[str, int, int, str]]:
    """Return every equality the ledger must satisfy: what, left side, right side, and ✓ or ✗."""
    checks = []
    for stage in STAGES:
        facts = results.summaries[stage]
        gone = facts["rows_out"] + sum(facts["left"].values())
        checks.append((f"{stage}: rows in = rows out + rows that left", facts["rows_in"], gone))
    for before, one, after, other, words in _CHAIN:
        checks.append((words, _number(results, before, one), _number(results, after, other)))
    return [(words, a, b, "✓" if a == b else "✗ does not balance") for words, a, b in checks]


def _number(results: Results, stage: str, name: str) -> int:
    facts = results.summaries[stage]
    return int(facts[name] if name in facts else facts["made"].get(name, 0))


def ledger_part(results: Results) -> str:
    """Return the tables of a data set's rows: where each went, and that nothing was lost."""
    rows: list[tuple[object, ...]] = []
    for stage in STAGES:
        facts = results.summaries[stage]
        unit = "seconds of track" if stage in {"statistics", "train"} else "observations"
        rows.append((stage, f"{unit} in", facts["rows_in"]))
        rows += [("", f"left: {reason}", count) for reason, count in facts["left"].items() if count]
        rows.append(("", "kept" if stage == "process" else "out", facts["rows_out"]))
        rows += [("", f"made: {name}", count) for name, count in facts["made"].items()]
    checks = balance(results)
    sums = page.table(("equality", "left side", "right side", ""), checks, "Does it balance?")
    return page.subsection(
        results.name, sums, page.folded("every stage and reason", page.table(("stage", "what", "rows"), rows))
    )


def runs_part(results: Results) -> str:
    """Return how each stage ran: tasks, workers, time and rows a second, from the task ledgers."""
    from jobs.status import status

    rows = []
    for stage in STAGES:
        run = status(results.ledger(stage))
        rows.append(
            (
                stage,
                run.done,
                len(run.workers),
                f"{run.elapsed_s:.1f}",
                f"{sum(worker.busy_fraction for worker in run.workers) / max(1, len(run.workers)):.0%}",
                round(run.rows_per_second),
            )
        )
    head = ("stage", "tasks", "workers", "job time, s", "workers busy", "rows/s")
    return page.subsection(results.name, page.table(head, rows))
