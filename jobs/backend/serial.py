"""Backend `serial`: one task after another in this process, whatever the distribution."""

from __future__ import annotations

import platform
from itertools import chain

from data_schemas.errors import TrackmillError
from jobs.attempt import TaskRunner
from jobs.deaths import STOP_NOTE
from jobs.drain import Drain, draining
from jobs.ledger import Place
from jobs.node import this_node
from jobs.progress import progress
from jobs.stage import Job, LedRun, stage_error
from jobs.summary import RunSummary
from jobs.triple import Triple


def run(job: Job) -> RunSummary:
    """Run a job in this process; see `jobs.run.run_tasks`."""
    try:
        with draining() as drain:
            return _run(job, drain)
    except (TrackmillError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise stage_error(error, job.stage, f"host {platform.node()}") from error


def _run(job: Job, drain: Drain) -> RunSummary:
    node = this_node()
    Triple(1, 1, job.launch.triple[2]).check(node, memory_gb=job.launch.memory_gb)
    led = LedRun(job, workers=1)
    try:
        if led.record is None:
            return led.close([])
        place = Place(led.record.run, job.stage, 1, 1, node.name)
        runner = TaskRunner(place, job.make_worker(), job.ledger, job.launch)
        drain.tell(lambda: runner.note(STOP_NOTE))
        tail, pace = led.follow()
        with progress(job.stage, tail, pace, shown=job.progress):
            runner.run(drain.until_asked(chain(led.todo, led.alone)))
        runner.close()
        return led.close([runner.outcome])
    finally:
        led.release()
