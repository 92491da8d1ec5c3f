"""Jobs of SLURM: what one asks for, whether the cluster can give it, the batch script that asks."""
