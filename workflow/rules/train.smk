# Stage 5: encounter models.


use rule organize as train with:
    input:
        str(LAYOUT.summary("{dataset}", "process")),
        settings=ancient(str(LAYOUT.settings)),
    output:
        str(LAYOUT.summary("{dataset}", "train")),
    log:
        str(LAYOUT.log("{dataset}", "train")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "train"))
    params:
        launcher=PLAN.launcher,
        stage="train",
        settings=PLAN.digest("train"),
    message:
        "{wildcards.dataset}: stage 5, encounter models"
