"""`trackmill bench`: launches measured on the real stages, and a model of them checked and extrapolated."""
