# Before stage 1: the register, and the recordings where the data set is one.
rule build_registry:
    input:
        PLAN.registers,
    output:
        registry=str(LAYOUT.registry),
        beside=[str(path) for path in LAYOUT.registry_beside],
    log:
        str(LAYOUT.results / "logs" / "build_registry.log"),
    benchmark:
        str(LAYOUT.results / "benchmarks" / "build_registry.tsv")
    conda:
        "../envs/trackmill.yaml"
    threads: 1
    resources:
        **PLAN.light,
    params:
        config=PLAN.config_file,
        settings=PLAN.settings.registry.digest(),
    message:
        "Stage 0: one register of aircraft"
    shell:
        "python -m workflow.cli.main registry build --config {params.config} --out {output.registry} > {log} 2>&1"


rule write_samples:
    output:
        str(LAYOUT.raw("{dataset}") / "samples.json"),
    log:
        str(LAYOUT.log("{dataset}", "samples")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "samples"))
    conda:
        "../envs/trackmill.yaml"
    threads: 1
    resources:
        **PLAN.light,
    params:
        config=PLAN.config_file,
        samples=lambda wildcards: PLAN.dataset(wildcards).samples,
    message:
        "{wildcards.dataset}: recordings as hourly raw files"
    shell:
        "python -m workflow.cli.main samples --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
