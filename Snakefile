# The pipeline at a glance: configuration, its check, one rule file a stage, and the targets.
#
#   snakemake --profile workflow/profiles/local      the demo, or --configfile FILE for your own data
#   snakemake --profile slurm                        the same on a cluster: docs/cluster.md
#   snakemake -n                                     what would be done
#   snakemake loop                                   a published model flown through all stages and recovered
#   snakemake benchmark_report                       ways of launching, measured here and simulated for a cluster
#   snakemake --report report.zip                    Snakemake's own report, with ours inside
from snakemake.utils import min_version

min_version("9.13")

if "datasets" not in config:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"  # checks the configuration before any rule is defined
include: "workflow/rules/inputs.smk"
include: "workflow/rules/organize.smk"
include: "workflow/rules/archive.smk"
include: "workflow/rules/process.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/fuse.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/loop.smk"
include: "workflow/rules/bench.smk"


onstart:
    PLAN.write_config()
    PLAN.check_licences()
    if workflow.executor_plugin.name == "slurm":
        PLAN.check_cluster()


localrules:
    all,


rule all:
    input:
        LAYOUT.report,
    message:
        "Everything done: {input}"
