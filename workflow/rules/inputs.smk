# Before stage 1: the settings of the run, the register, and the recordings where the data set is one.
localrules:
    write_settings,


rule write_settings:
    output:
        str(LAYOUT.settings),
    log:
        str(LAYOUT.results / "logs" / "write_settings.log"),
    params:
        settings=PLAN.text,
    message:
        "Settings of the run to {output}"
    run:
        LAYOUT.settings.write_text(params.settings, encoding="utf-8")


# `ancient`: a rewritten settings file alone is no reason to run again; each rule names the settings it uses.
rule build_registry:
    input:
        settings=ancient(str(LAYOUT.settings)),
    output:
        str(LAYOUT.registry),
    log:
        str(LAYOUT.results / "logs" / "build_registry.log"),
    benchmark:
        str(LAYOUT.results / "benchmarks" / "build_registry.tsv")
    conda:
        "../envs/trackmill.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=PLAN.settings.registry.digest(),
    message:
        "Stage 0: one register of aircraft"
    shell:
        "python -m workflow.cli.main registry build --config {input.settings} --out {output} > {log} 2>&1"


rule write_samples:
    input:
        settings=ancient(str(LAYOUT.settings)),
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
        mem_mb=2000,
    params:
        samples=lambda wildcards: PLAN.dataset(wildcards).samples,
    message:
        "{wildcards.dataset}: recordings as hourly raw files"
    shell:
        "python -m workflow.cli.main samples --config {input.settings} --dataset {wildcards.dataset} > {log} 2>&1"
