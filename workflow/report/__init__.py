"""The report: one self-contained HTML file on all data sets of a run."""
