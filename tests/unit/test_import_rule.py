"""Imports point one way: workflow -> (tracks, jobs) -> data_schemas, and rooms keep to their subject."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "data_schemas": {"data_schemas"},
    "tracks": {"tracks", "data_schemas"},
    "jobs": {"jobs", "data_schemas"},
    "workflow": {"workflow", "tracks", "jobs", "data_schemas"},
}
FOREIGN = {
    "data_schemas": {"mpi4py", "dask", "snakemake", "polars", "numba"},
    "tracks": {"mpi4py", "dask", "snakemake"},
    "jobs": {"polars", "numba", "snakemake", "shapely", "rasterio"},
    "workflow": {"mpi4py"},
}


def imports(path):
    """Top-level names of the modules that a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


@pytest.mark.parametrize("room", ALLOWED)
def test_room_imports_only_what_it_may(room):
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        found = set(imports(path))
        assert not (found & ALLOWED.keys()) - ALLOWED[room], path
        assert not found & FOREIGN[room], path


def test_rule_sees_an_import_inside_a_function(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def f():\n    from mpi4py import MPI\n    import polars.testing\n")
    assert set(imports(path)) == {"mpi4py", "polars"}
