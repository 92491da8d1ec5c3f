import json
import subprocess
import sys
from pathlib import Path

from jobs.threads import thread_environment

HERE = Path(__file__).parents[3]


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE, check=True)
    return json.loads(done.stdout)


def test_libraries_take_the_threads_that_were_set():
    code = """
import json
from jobs.threads import apply_threads
late = apply_threads(3)
import polars, numba, pyarrow
print(json.dumps([late, polars.thread_pool_size(), numba.config.NUMBA_NUM_THREADS, pyarrow.cpu_count()]))
"""
    assert run(code) == [[], 3, 3, 3]


def test_a_library_imported_before_is_named():
    assert run(
        "import json, numpy; from jobs.threads import apply_threads; print(json.dumps(apply_threads(2)))"
    ) == ["numpy"]


def test_every_variable_has_the_same_number(monkeypatch):
    monkeypatch.setenv("_RJEM_MALLOC_CONF", "dirty_decay_ms:0")  # a user's own word on memory stands
    assert set(thread_environment(5).values()) == {"5"}
    monkeypatch.delenv("_RJEM_MALLOC_CONF")
    assert thread_environment(5)["_RJEM_MALLOC_CONF"].startswith("dirty_decay_ms:3000")
