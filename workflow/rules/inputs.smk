# Before stage 1: the register, and the raw hours where the run fetches or makes them.
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


# On the machine that runs Snakemake, a login node of a cluster: compute nodes often have no internet.
rule download_hours:
    output:
        str(LAYOUT.summary("{dataset}", "download")),
    log:
        str(LAYOUT.log("{dataset}", "download")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "download"))
    localrule: True
    conda:
        "../envs/trackmill.yaml"
    threads: 1
    params:
        config=PLAN.config_file,
        selection=lambda wildcards: PLAN.dataset(wildcards).download.selection,
    message:
        "{wildcards.dataset}: hours of OpenSky's weekly data set"
    shell:
        "python -m workflow.cli.main download --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
