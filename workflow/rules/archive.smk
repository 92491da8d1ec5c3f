# Stage 2: all hours of a leaf in one file.


use rule organize as archive with:
    input:
        str(LAYOUT.summary("{dataset}", "organize")),
    output:
        str(LAYOUT.summary("{dataset}", "archive")),
    log:
        str(LAYOUT.log("{dataset}", "archive")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "archive"))
    wildcard_constraints:
        dataset=PLAN.run_through("archive"),
    threads: PLAN.threads("archive")
    resources:
        **PLAN.resources("archive"),
    params:
        config=PLAN.config_file,
        stage="archive",
        settings=PLAN.digest("archive"),
    message:
        "{wildcards.dataset}: stage 2, all hours of a leaf in one file"
