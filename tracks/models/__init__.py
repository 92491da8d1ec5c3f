"""Stage 5, encounter models: counting, the published file format, sampling."""
