"""Backend `serial`: one task after another in this process, whatever the distribution."""

from __future__ import annotations

import platform
from itertools import chain

from jobs.attempt import TaskRunner
from jobs.deaths import STOP_NOTE
from jobs.ledger import Place
from jobs.node import this_node
from jobs.stage import Job, LedRun, leading
from jobs.summary import RunSummary
from jobs.triple import Triple


def run(job: Job) -> RunSummary:
    """Run a job in this process; see `jobs.run.run_tasks`."""
    with leading(job, f"host {platform.node()}") as drain:
        node = this_node()
        Triple(1, 1, job.launch.triple[2]).check(node, memory_gb=job.launch.memory_gb)
        with LedRun(job, workers=1) as led:
            if not led.run:
                return led.close([])
            place = Place(led.run, job.stage, 1, 1, node.name)
            runner = TaskRunner(place, job.make_worker(), job.ledger, job.launch)
            drain.tell(lambda: runner.note(STOP_NOTE))
            with led.progress():
                runner.run(drain.until_asked(chain(led.todo, led.alone)))
            runner.close()
            return led.close([runner.outcome])
