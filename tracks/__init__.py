"""The domain: observations in, tracks and encounter models out. Knows nothing of MPI or Snakemake."""
