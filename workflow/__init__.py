"""Where tracks and jobs meet: the command line, the stages, the Snakemake rules and the report."""
