"""Raw hour files as OpenSky publishes them (pipeline.md, raw input)."""

RAW_COLUMNS = (
    *("time", "icao24", "lat", "lon", "velocity", "heading", "vertrate", "callsign", "onground", "alert"),
    *("spi", "squawk", "baroaltitude", "geoaltitude", "lastposupdate", "lastcontact"),
)
"""Columns of the published files, in their order."""
