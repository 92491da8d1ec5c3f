# Stages 3 to 5, or 2 to 5, in one pass over each leaf, of the data sets whose settings ask for it: the same
# summaries as those of the single stages.


use rule organize as fuse with:
    input:
        str(LAYOUT.summary("{dataset}", "archive")),
        registry=str(LAYOUT.registry),
    output:
        expand(
            str(LAYOUT.summary("{{dataset}}", "{stage}")),
            stage=["process", "statistics", "train"],
        ),
    log:
        str(LAYOUT.log("{dataset}", "fuse")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "fuse"))
    wildcard_constraints:
        dataset=PLAN.run_through("fuse", "process", "statistics", "train"),
    threads: PLAN.threads("fuse")
    resources:
        **PLAN.resources("fuse"),
    params:
        config=PLAN.config_file,
        stage="fuse",
        settings=PLAN.digest("process", "enrich", "statistics", "train", "fuse"),
    message:
        "{wildcards.dataset}: stages 3 to 5 in one pass over each leaf"


use rule fuse as fuse_with_archive with:
    input:
        str(LAYOUT.summary("{dataset}", "organize")),
        registry=str(LAYOUT.registry),
    output:
        expand(
            str(LAYOUT.summary("{{dataset}}", "{stage}")),
            stage=["archive", "process", "statistics", "train"],
        ),
    wildcard_constraints:
        dataset=PLAN.run_through("fuse", "archive", "process", "statistics", "train"),
    params:
        config=PLAN.config_file,
        stage="fuse",
        settings=PLAN.digest(
            "archive", "process", "enrich", "statistics", "train", "fuse"
        ),
    message:
        "{wildcards.dataset}: stages 2 to 5 in one pass over each leaf"
