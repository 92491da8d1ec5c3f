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
        launcher=PLAN.launcher,
        stage="archive",
        settings=PLAN.digest("archive"),
    message:
        "{wildcards.dataset}: stage 2, all hours of a leaf in one file"
