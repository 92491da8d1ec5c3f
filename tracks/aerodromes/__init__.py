"""Aerodromes: where they are, and the queries for the traffic around them."""
