# The report on all data sets, from the outputs of every stage.
rule build_report:
    input:
        [str(path) for path in LAYOUT.registry_beside],
        expand(
            str(LAYOUT.summary("{dataset}", "{stage}")),
            dataset=PLAN.datasets,
            stage=STAGES,
        ),
        # Only where somebody ran `snakemake loop` before.
        loop=[str(file) for file in [LAYOUT.loop / "loop.json"] if file.exists()],
    output:
        report(
            str(LAYOUT.report), category="trackmill", caption="../report/caption.rst"
        ),
    log:
        str(LAYOUT.results / "logs" / "build_report.log"),
    benchmark:
        str(LAYOUT.results / "benchmarks" / "build_report.tsv")
    conda:
        "../envs/trackmill.yaml"
    threads: 1
    resources:
        **PLAN.light,
    params:
        config=PLAN.config_file,
    message:
        "Report: {output}"
    shell:
        "python -m workflow.cli.main report --config {params.config} --out {output} > {log} 2>&1"
