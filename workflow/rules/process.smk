# Stage 3: observations to clean 1 Hz tracks.


use rule organize as process with:
    input:
        str(LAYOUT.summary("{dataset}", "archive")),
    output:
        str(LAYOUT.summary("{dataset}", "process")),
    log:
        str(LAYOUT.log("{dataset}", "process")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "process"))
    wildcard_constraints:
        dataset=PLAN.run_through("process"),
    threads: PLAN.threads("process")
    resources:
        **PLAN.resources("process"),
    params:
        config=PLAN.config_file,
        stage="process",
        settings=PLAN.digest("process", "enrich"),
    message:
        "{wildcards.dataset}: stage 3, observations to clean 1 Hz tracks"
