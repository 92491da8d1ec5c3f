"""The page as a whole: what to take from it first, then every comparison, then what it was made with."""

from __future__ import annotations

from pathlib import Path

from data_schemas.files import write_text
from workflow.bench.others import disturbed
from workflow.bench.page import measured, predicted, workers
from workflow.bench.page.charts import script
from workflow.bench.page.results import Results
from workflow.report.page import bullets, folded, page, paragraph, section, table, text


def write_page(folder: Path, path: Path) -> None:
    """Write the report of a benchmark.

    The page holds all it needs, the charts' script too (plotly, some 5 MB): no network is asked.

    Parameters
    ----------
    folder
        Tables and `bench.json` of `trackmill bench`.
    path
        The page.

    Raises
    ------
    InputError
        The folder holds no results of `trackmill bench`.
    """
    results = Results.load(folder)
    sections = [
        _glance(results),
        measured.strategies(results),
        measured.distributions(results),
        measured.orders(results),
        measured.archive(results),
        measured.cache(results),
        workers.workers(results),
        predicted.model(results),
        predicted.large(results),
        _made_with(results),
    ]
    write_text(path, page("trackmill: ways of launching", script() + _lead(results), sections))


def _lead(results: Results) -> str:
    machine = results.facts["machine"]
    gb = machine["memory_bytes"] / 1e9
    return paragraph(
        f"Measured on {machine['processor']}, {machine['cores']} cores, {gb:.0f} GB, {machine['date']}: "
        f"{results.measured.height} runs of {results.measured['configuration'].n_unique()} configurations, "
        f"{results.runs.height - results.measured.height} more that feed the model. "
        + disturbed(results.runs.to_dicts(), machine["cores"])
    )


def _glance(results: Results) -> tuple[str, str, str]:
    """What a cluster's user takes from this page."""
    items = []
    ways = results.compared("strategies").to_dicts()
    if ways:
        first, last = ways[0], ways[-1]
        items.append(
            f"Fastest launch of {first['tasks']} tasks here: {first['strategy']} ({first['job_s']:.2f} s); "
            f"slowest: {last['strategy']} ({last['job_s']:.2f} s)."
        )
    kinds = results.compared("distributions").to_dicts()
    if kinds:
        first, last = kinds[0], kinds[-1]
        items.append(
            f"Distributions on {first['triple']}: {first['distribution']} {first['job_s']:.2f} s to "
            f"{last['distribution']} {last['job_s']:.2f} s."
        )
    error = results.facts["model"]["median_error"]
    if error is not None:
        items.append(f"The model's median error against the measured job times is {error:.1%}.")
    for name, best in results.facts["recommendations"].items():
        items.append(
            f"Simulated for the paper's {name}: triple {best['triple']}, {best['order']}, "
            f"{best['distribution']}, tasks a message {best['tasks_per_message']}: {best['reason']}."
        )
    if not results.extrapolation.height:
        items.append("Nothing was extrapolated to a cluster.")
    parts = [bullets(items), measured.not_run(results)]
    return "glance", "At a glance", section("At a glance", *parts, anchor="glance")


def _made_with(results: Results) -> tuple[str, str, str]:
    machine, settings = results.facts["machine"], results.facts["settings"]
    facts = [[name, value] for name, value in machine.items() if name != "packages"]
    parts = [
        table(["machine", ""], [[name, str(value)] for name, value in facts]),
        table(["package", "version"], list(machine["packages"].items())),
        folded(
            "Settings (section bench)",
            table(["setting", "value"], [[k, str(v)] for k, v in settings.items()]),
        ),
        folded("Costs the model was fed with", f"<pre>{text(_costs(results))}</pre>"),
        paragraph(
            "Raw results beside this page: runs.parquet, tasks.parquet, model.parquet, extrapolation.parquet "
            "and bench.json; each column says what it is and its unit."
        ),
    ]
    return (
        "made",
        "Machine, versions, settings",
        section("Machine, versions, settings", *parts, anchor="made"),
    )


def _costs(results: Results) -> str:
    facts = {k: v for k, v in results.facts["model"].items() if k not in {"assumptions", "median_error"}}
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
