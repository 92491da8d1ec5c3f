"""Aerodromes: where they are, which is nearest, and the queries for the traffic around them."""
