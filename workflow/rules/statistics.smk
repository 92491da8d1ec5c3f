# Stage 4: seconds and flight hours.


use rule organize as statistics with:
    input:
        str(LAYOUT.summary("{dataset}", "process")),
        registry=str(LAYOUT.registry),
    output:
        str(LAYOUT.summary("{dataset}", "statistics")),
    log:
        str(LAYOUT.log("{dataset}", "statistics")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "statistics"))
    wildcard_constraints:
        dataset=PLAN.run_through("statistics"),
    threads: PLAN.threads("statistics")
    resources:
        **PLAN.resources("statistics"),
    params:
        config=PLAN.config_file,
        stage="statistics",
        settings=PLAN.digest("statistics"),
    message:
        "{wildcards.dataset}: stage 4, seconds and flight hours"
