"""The command line: each subcommand is what a Snakemake rule calls, and what a person can run by hand."""
