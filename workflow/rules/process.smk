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
        launcher=launcher,
        stage="process",
        settings=lambda wildcards: [
            SETTINGS.dataset(wildcards.dataset).process.digest(),
            SETTINGS.dataset(wildcards.dataset).enrich.digest(),
        ],
    message:
        "{wildcards.dataset}: stage 3, observations to clean 1 Hz tracks"
