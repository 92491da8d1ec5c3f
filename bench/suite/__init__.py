"""`make bench`: every figure of docs/performance.md, measured beside its peers on the same data in one run.

`python -m bench.suite --help` says how. One process leads (`__main__`) and never works itself: steps run in
child processes with one thread each (`child`, `worker`), in the project's environment or in the peers'.
"""
