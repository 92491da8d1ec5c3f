"""Launching: triples, task lists, distribution, backends, ledger. Knows nothing of aircraft."""
