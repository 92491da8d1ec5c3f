# Stage 2: all hours of a leaf in one file.


use rule organize as archive with:
    input:
        str(LAYOUT.summary("{dataset}", "organize")),
        settings=ancient(str(LAYOUT.settings)),
    output:
        str(LAYOUT.summary("{dataset}", "archive")),
    log:
        str(LAYOUT.log("{dataset}", "archive")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "archive"))
    params:
        launcher=launcher,
        stage="archive",
        settings=lambda wildcards: SETTINGS.dataset(wildcards.dataset).archive.digest(),
    message:
        "{wildcards.dataset}: stage 2, all hours of a leaf in one file"
