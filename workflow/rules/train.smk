# Stage 5: encounter models.


use rule organize as train with:
    input:
        str(LAYOUT.summary("{dataset}", "process")),
    output:
        str(LAYOUT.summary("{dataset}", "train")),
    log:
        str(LAYOUT.log("{dataset}", "train")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "train"))
    wildcard_constraints:
        dataset=PLAN.run_through("train"),
    threads: PLAN.threads("train")
    resources:
        **PLAN.resources("train"),
    params:
        config=PLAN.config_file,
        stage="train",
        settings=PLAN.digest("train"),
    message:
        "{wildcards.dataset}: stage 5, encounter models"
