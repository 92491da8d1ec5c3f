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
        launcher=launcher,
        stage="train",
        settings=lambda wildcards: SETTINGS.dataset(wildcards.dataset).train.digest(),
    message:
        "{wildcards.dataset}: stage 5, encounter models"
