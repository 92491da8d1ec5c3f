# Stage 1. The other stages are this rule with other inputs and settings: one job a stage, whatever the
# number of files; its tasks are the launcher's business (jobs/), and it redoes only what is missing or stale.


def raw_input(wildcards):
    """The data set's raw folder, or the mark that its recordings have been written."""
    dataset = SETTINGS.dataset(wildcards.dataset)
    return dataset.raw or str(LAYOUT.raw(wildcards.dataset) / "samples.json")


rule organize:
    input:
        raw_input,
        registry=str(LAYOUT.registry),
        settings=ancient(str(LAYOUT.settings)),
    output:
        str(LAYOUT.summary("{dataset}", "organize")),
    log:
        str(LAYOUT.log("{dataset}", "organize")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "organize"))
    threads: THREADS
    resources:
        mem_mb=MEMORY_MB,
    params:
        launcher=launcher,
        stage="organize",
        settings=lambda wildcards: SETTINGS.dataset(wildcards.dataset).organize.digest(),
    message:
        "{wildcards.dataset}: stage 1, raw hours to sorted Parquet"
    shell:
        "{params.launcher} {TRACKMILL} {params.stage} --config {input.settings}"
        " --dataset {wildcards.dataset} > {log} 2>&1"
