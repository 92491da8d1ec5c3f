"""A model made by hand whose aircraft fly straight, and the published one."""

import numpy as np

from tracks.models.network import EncounterModel, Network

LABELS = ("G", "A", "L", "v", r"\dot v", r"\dot h", r"\dot \psi")
NOW = (*LABELS[:4], *(f"{name}(t)" for name in LABELS[4:]), *(f"{name}(t+1)" for name in LABELS[4:]))
CUTS = (
    None,
    None,
    (500.0, 1200.0, 3000.0),
    (60.0, 120.0, 180.0),
    (-2.0, -1.0, 1.0, 2.0),
    (-600.0, -200.0, 200.0, 600.0),
    (-3.0, -1.0, 1.0, 3.0),
)
BINS = (5, 4, 2, 2, 3, 3, 3)
STAYS = np.eye(3, dtype=np.int64)


def model(places=((1, 4),), layers=(3, 7), speeds=(1, 1), turns=(0, 1, 0), climbs=(0, 1, 0)):
    """G and A evenly among places, the other variables independent; what is in a bin stays in it."""
    of_g = np.array([[sum(g == k for g, _ in places)] for k in range(1, 6)])
    of_a = np.array([[sum((k, a) == p for p in places) for k in range(1, 6)] for a in range(1, 5)])
    single = [np.array(counts)[:, None] for counts in (layers, speeds, (0, 1, 0), climbs, turns)]
    initial = Network(LABELS, ((), (0,), (), (), (), (), ()), BINS, (of_g, of_a, *single))
    parents = (*((),) * 7, (4,), (5,), (6,))
    transition = Network(NOW, parents, (*BINS, 3, 3, 3), (*(None,) * 7, STAYS, STAYS, STAYS))
    return EncounterModel(initial, transition, CUTS, (0.0,) * 7)
