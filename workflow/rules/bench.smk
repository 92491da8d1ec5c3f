# Ways of launching, measured and simulated (not in `all`): snakemake benchmark_report.
rule benchmark_report:
    output:
        [str(path) for path in LAYOUT.bench_files],
        report=report(
            str(LAYOUT.bench_report),
            category="trackmill",
            caption="../report/bench.rst",
        ),
    log:
        str(LAYOUT.results / "logs" / "benchmark_report.log"),
    benchmark:
        str(LAYOUT.results / "benchmarks" / "benchmark_report.tsv")
    conda:
        "../envs/trackmill.yaml"
    threads: PLAN.threads("process")
    resources:
        **PLAN.resources("process"),
    params:
        config=PLAN.config_file,
        folder=subpath(output.report, parent=True),
        settings=PLAN.settings.bench.digest(),
    message:
        "Benchmark of launches: {params.folder}"
    shell:
        "python -m workflow.cli.main bench --config {params.config} --out {params.folder} > {log} 2>&1"
