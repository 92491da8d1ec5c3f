# What all rules share: the checked configuration, the paths, and the command that launches a stage.
import os
import sys
from pathlib import Path

from data_schemas.config.load import check_config
from data_schemas.errors import TrackmillError
from jobs.launcher import command
from snakemake.exceptions import WorkflowError
from workflow.layout import STAGES, Layout

# Ranks have no terminal of their own: this tells the first one where to draw its progress bar.
if sys.stderr.isatty():
    os.environ["TRACKMILL_TERMINAL"] = os.ttyname(sys.stderr.fileno())

try:
    SETTINGS = check_config(config, "configuration")
except TrackmillError as error:
    raise WorkflowError(str(error)) from None

LAYOUT = Layout(Path(SETTINGS.results))
DATASETS = list(SETTINGS.datasets)
THREADS = SETTINGS.launch.triple[1] * SETTINGS.launch.triple[2]
MEMORY_MB = 2000 * SETTINGS.launch.triple[1]
TRACKMILL = f"{sys.executable} -m workflow.cli.main"


def launcher(wildcards):
    """The words before a stage's command that start its ranks (none for backend serial)."""
    return " ".join(command(SETTINGS.launch, []))


wildcard_constraints:
    dataset="|".join(DATASETS),
