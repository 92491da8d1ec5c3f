"""Launching: triples, task lists, distribution, backends, ledger. Knows nothing of aircraft.

Importing this package imports nothing else: `jobs.threads.apply_threads` must be able to run before Polars,
Numba or Arrow are imported.
"""
