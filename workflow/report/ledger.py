"""The ledger of every row, and how the stages were run."""

from __future__ import annotations

from workflow.layout import STAGES, stages_of
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


def ledger_part(everything: list[Results]) -> str:
    """Return the tables of all rows, a column a data set: that nothing was lost, and where each row went."""
    names = [results.name for results in everything]
    checks = [balance(results) for results in everything]
    sums = [
        (rows[0][0], *(f"{page.text(a)} = {page.text(b)} {sign}" for _, a, b, sign in rows))
        for rows in zip(*checks, strict=True)
    ]
    outliers = [
        (words, *(results.summaries["process"]["made"].get(name, 0) for results in everything))
        for words, name in (
            ("published: against the median of the whole segment", "outliers_published"),
            ("hampel: against the median of a moving window", "outliers_hampel"),
        )
    ]
    return (
        page.table(("equality", *names), sums, "Does it balance?")
        + page.table(("stage", "what", *names), _flows(everything), "Where every row went")
        + page.table(
            ("outlier test (one is in force, see the settings)", *names),
            outliers,
            "Rows that each altitude outlier test rejects of the rows it is shown",
        )
    )


def _flows(everything: list[Results]) -> list[tuple[object, ...]]:
    """Rows in, rows that left by reason, rows out, for each stage."""
    rows: list[tuple[object, ...]] = []
    for stage in STAGES:
        facts = [results.summaries[stage] for results in everything]
        unit = "seconds of track" if stage in {"statistics", "train"} else "observations"
        rows.append((stage, f"{unit} in", *(f["rows_in"] for f in facts)))
        reasons = dict.fromkeys(reason for f in facts for reason, count in f["left"].items() if count)
        rows += [("", f"left: {reason}", *(f["left"].get(reason, 0) for f in facts)) for reason in reasons]
        rows.append(("", "kept" if stage == "process" else "out", *(f["rows_out"] for f in facts)))
        if stage == "process":
            for made in ("segments", "seconds"):
                rows.append(("", f"made: {made} of track", *(f["made"].get(made, 0) for f in facts)))
    return rows


def runs_part(results: Results) -> str:
    """Return how each stage ran: tasks, workers, time, rows a second and memory, from the task ledgers."""
    from jobs.status import status

    rows = []
    for stage in stages_of(results.dataset):
        run = status(results.ledger(stage))
        rows.append(
            (
                stage,
                run.done,
                len(run.workers),
                f"{run.elapsed_s:.1f}",
                f"{sum(worker.busy_fraction for worker in run.workers) / max(1, len(run.workers)):.0%}",
                round(run.rows_per_second),
                f"{run.peak_rss_bytes / 2**20:.0f}",
            )
        )
    head = (
        "stage",
        "tasks",
        "workers",
        "job time, s",
        "workers busy",
        "rows/s",
        "most memory of a process, MiB",
    )
    return page.subsection(results.name, page.table(head, rows))
