# The whole loop from a model to a model (not in `all`): snakemake loop.
rule loop:
    output:
        directory(str(LAYOUT.loop)),
    log:
        str(LAYOUT.results / "logs" / "loop.log"),
    benchmark:
        str(LAYOUT.results / "benchmarks" / "loop.tsv")
    conda:
        "../envs/trackmill.yaml"
    threads: 1
    resources:
        **PLAN.light,
    params:
        model="package:uncor_1200only_rotorcraft_v1p2.txt",
        tracks=2000,
        seconds=300,
    message:
        "Loop: {params.tracks} tracks of a model flown and recovered, {output}/report.html"
    shell:
        "python -m workflow.cli.main loop {params.model} --out {output} -n {params.tracks}"
        " --seconds {params.seconds} > {log} 2>&1"
