# Before stage 1: the settings of the run, the register, and the recordings where the data set is one.
import yaml


localrules:
    write_settings,


rule write_settings:
    output:
        str(LAYOUT.settings),
    log:
        str(LAYOUT.results / "logs" / "write_settings.log"),
    params:
        settings=yaml.safe_dump(SETTINGS.model_dump(mode="json"), sort_keys=False),
    message:
        "Settings of the run to {output}"
    run:
        Path(output[0]).write_text(params.settings, encoding="utf-8")


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
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=SETTINGS.registry.digest(),
    message:
        "Stage 0: one register of aircraft"
    shell:
        "{TRACKMILL} registry build --config {input.settings} --out {output} > {log} 2>&1"


rule write_samples:
    input:
        settings=ancient(str(LAYOUT.settings)),
    output:
        str(LAYOUT.raw("{dataset}") / "samples.json"),
    log:
        str(LAYOUT.log("{dataset}", "samples")),
    benchmark:
        str(LAYOUT.benchmark("{dataset}", "samples"))
    threads: 1
    resources:
        mem_mb=2000,
    params:
        samples=lambda wildcards: SETTINGS.dataset(wildcards.dataset).samples,
    message:
        "{wildcards.dataset}: recordings as hourly raw files"
    shell:
        "{TRACKMILL} samples --config {input.settings} --dataset {wildcards.dataset} > {log} 2>&1"
