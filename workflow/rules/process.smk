# Stage 3: observations to clean 1 Hz tracks.


use rule organize as process with:
    input:
        str(LAYOUT.summary("{dataset}", "archive")),
        settings=ancient(str(LAYOUT.settings)),
    output:
        str(LAYOUT.summary("{dataset}", "process")),
    log:
        str(LAYOUT.log("{dataset}", "process")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "process"))
    params:
        launcher=PLAN.launcher,
        stage="process",
        settings=PLAN.digest("process", "enrich"),
    message:
        "{wildcards.dataset}: stage 3, observations to clean 1 Hz tracks"
