"""What `trackmill bench` leaves in its folder: tables of runs, tasks, the model and its extrapolation.

Parquet, `<name without bench_>.parquet` each.

Beside them `bench.json`: machine, software, settings, how the cold cache was made, what was not run and why,
what the budget left out, the costs the model was fed with, its median error, and the recommendations.
"""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

_TEXT, _S, _WHOLE, _YES = pa.string(), pa.float64(), pa.int32(), pa.bool_()

_CONFIGURATION = (
    Column("configuration", _TEXT, "1", "the configuration in one word; its repeats share it"),
    Column("groups", pa.list_(_TEXT), "1", "comparisons it is part of: strategies, distributions, ..."),
    Column("stage", _TEXT, "1", "stage whose tasks were run"),
    Column("strategy", _TEXT, "1", "what launched the tasks: mpi, dask, process-a-task, slurm-array, ..."),
    Column("nodes", _WHOLE, "1", "nodes of the triple"),
    Column("processes", _WHOLE, "1", "working processes a node"),
    Column("threads", _WHOLE, "1", "threads a process"),
    Column("order", _TEXT, "1", "order of the task list"),
    Column("distribution", _TEXT, "1", "who gets which task; of foreign launchers the nearest of ours"),
    Column("tasks_per_message", _WHOLE, "1", "tasks handed out at once"),
    Column("cache", _TEXT, "1", "warm: inputs in the file cache; cold: dropped from it before the run"),
    Column("oversubscribed", _YES, "1", "more threads than cores"),
    Column("virtual_nodes", _YES, "1", "the nodes are one machine under several names"),
)

BENCH_RUNS = Table(
    "bench_runs",
    "One run of one configuration; workers x job_s = busy + launch + dispatch + barrier core-seconds",
    (
        Column("run", _WHOLE, "1", "number of the run, in the order of time"),
        Column("round", _WHOLE, "1", "which repeat, from 1"),
        Column("role", _TEXT, "1", "measured; calibration: feeds the model; probe: tasks that do nothing"),
        *_CONFIGURATION,
        Column("status", _TEXT, "1", "done, or failed: its numbers then say nothing"),
        Column("error", _TEXT, "1", "one line: why it failed", nullable=True),
        Column("submitted_at_s", _S, "s", "POSIX time of the submission, UTC"),
        Column("tasks", _WHOLE, "1", "tasks done"),
        Column("workers", _WHOLE, "1", "working processes at a time"),
        Column("job_s", _S, "s", "from the submission to the end of the last process"),
        Column("launch_s", _S, "s", "from the submission to the start of the first task"),
        Column("turn_s", _S, "s", "median time from the end of a task to the start of its worker's next"),
        Column("end_s", _S, "s", "from the end of the last task to the end of the job"),
        Column("busy_min_s", _S, "s", "time in tasks of the worker that was busy least"),
        Column("busy_median_s", _S, "s", "time in tasks, median of the workers"),
        Column("busy_max_s", _S, "s", "time in tasks of the worker that was busy most"),
        Column("imbalance", _S, "1", "busiest worker over the mean, less 1"),
        Column("busy_core_s", _S, "s", "time in tasks, all workers"),
        Column("launch_core_s", _S, "s", "first tax: before each worker's first task, all workers"),
        Column("dispatch_core_s", _S, "s", "between tasks: messages, ledger, starts of processes"),
        Column("barrier_core_s", _S, "s", "second tax: after each worker's last task, all workers"),
        Column("io_core_s", _S, "s", "third tax, within busy: in tasks, waiting for neither core nor CPU"),
        Column("queued_core_s", _S, "s", "within busy: in tasks, ready to run, waiting for a core"),
        Column("cpu_core_s", _S, "s", "within busy: CPU time of the tasks, all threads"),
        Column("rows", pa.int64(), "1", "rows read"),
        Column("rows_per_s", _S, "1/s", "rows over job_s"),
        Column("core_s_per_billion_rows", _S, "s", "workers x threads x job_s for 10^9 rows"),
        Column("peak_rss_bytes", pa.int64(), "byte", "largest resident memory of any process in a task"),
        Column("resident", _S, "1", "share of the inputs' pages in the file cache before the run"),
        Column(
            "others_core_s",
            _S,
            "s",
            "CPU time that processes outside the run took of its cores; unknown under SLURM",
            nullable=True,
        ),
    ),
    ("run",),
)

BENCH_TASKS = Table(
    "bench_tasks",
    "One task of one run: a bar of its Gantt chart",
    (
        Column("run", _WHOLE, "1", "the run"),
        Column("task", _TEXT, "1", "id of the task"),
        Column("worker", _WHOLE, "1", "worker, from 1; where each task is a process, the slot it ran in"),
        Column("node", _TEXT, "1", "host, or name of the virtual node"),
        Column("start_s", _S, "s", "start after the submission"),
        Column("seconds", _S, "s", "duration"),
        Column("cpu_s", _S, "s", "CPU time, all threads"),
        Column("queued_s", _S, "s", "ready to run and waiting for a core"),
        Column("rows_in", pa.int64(), "1", "rows read"),
        Column("bytes_in", pa.int64(), "byte", "size of the inputs"),
        Column("cost", _S, "1", "cost estimate, in a unit of the stage"),
        Column("peak_rss_bytes", pa.int64(), "byte", "largest resident memory of the process in the task"),
    ),
    ("run", "worker", "start_s"),
)

BENCH_MODEL = Table(
    "bench_model",
    "One measured configuration beside what the model says of it, fed with other runs",
    (
        *_CONFIGURATION,
        Column("repeats", _WHOLE, "1", "runs done"),
        Column("measured_s", _S, "s", "job time, median of the repeats"),
        Column("measured_min_s", _S, "s", "job time, least"),
        Column("measured_max_s", _S, "s", "job time, largest"),
        Column("predicted_s", _S, "s", "job time by the model"),
        Column("error", _S, "1", "predicted over measured, less 1"),
    ),
    ("configuration",),
)

BENCH_EXTRAPOLATION = Table(
    "bench_extrapolation",
    "One launch of a data set of the paper's size, by the model",
    (
        Column("data", _TEXT, "1", "data set: hours or aerodromes"),
        Column("files", _WHOLE, "1", "files, one task each"),
        Column("nodes", _WHOLE, "1", "nodes of the triple"),
        Column("processes", _WHOLE, "1", "working processes a node"),
        Column("threads", _WHOLE, "1", "threads a process"),
        Column("ranks", _WHOLE, "1", "working processes on all nodes"),
        Column("order", _TEXT, "1", "order of the task list"),
        Column("distribution", _TEXT, "1", "distribution"),
        Column("tasks_per_message", _WHOLE, "1", "tasks handed out at once"),
        Column("job_s", _S, "s", "job time"),
        Column("bound_s", _S, "s", "no run is shorter: the longest task, or all tasks over the ranks"),
        Column("busy_max_s", _S, "s", "time in tasks of the busiest worker"),
        Column("imbalance", _S, "1", "busiest worker over the mean, less 1"),
        Column("utilization", _S, "1", "time in tasks over ranks x job time"),
        Column("recommended", _YES, "1", "the one recommended for the data set"),
    ),
    ("data", "ranks", "order", "distribution", "tasks_per_message"),
)
