"""Each rank says where it is and what it found; started by test_virtual.py with srun."""

import json
import os

from mpi4py import MPI

world = MPI.COMM_WORLD
found = {
    "rank": world.rank,
    "size": world.size,
    "node": os.environ["SLURMD_NODENAME"],
    "sum": world.allreduce(world.rank + 1),
    "on_node": world.Split_type(MPI.COMM_TYPE_SHARED).size,
}
everyone = world.gather(found)
if everyone is not None:
    print(json.dumps(everyone))
