# Stage 1. The other stages are this rule with other inputs and settings: one job a stage, whatever the
# number of files; its tasks are the launcher's business (jobs/), and it redoes only what is missing or stale.


rule organize:
    input:
        PLAN.raw,
        PLAN.leaf_files,
        registry=str(LAYOUT.registry),
    output:
        str(LAYOUT.summary("{dataset}", "organize")),
    log:
        str(LAYOUT.log("{dataset}", "organize")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "organize"))
    conda:
        "../envs/trackmill.yaml"
    threads: PLAN.threads("organize")
    resources:
        **PLAN.resources("organize"),
    params:
        config=PLAN.config_file,
        stage="organize",
        settings=PLAN.digest("organize"),
    message:
        "{wildcards.dataset}: stage 1, raw hours to sorted Parquet"
    shell:
        "python -m workflow.cli.main run {params.stage} --config {params.config}"
        " --dataset {wildcards.dataset} > {log} 2>&1"
