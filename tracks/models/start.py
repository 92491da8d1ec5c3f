"""Start conditions as text: which bins variables may have in the first second."""

from __future__ import annotations

from data_schemas.errors import InputError, did_you_mean
from tracks.models.joint import Start
from tracks.models.network import EncounterModel
from tracks.models.variables import LABELS


def parse_start(text: str, model: EncounterModel) -> Start:
    """Read start conditions such as `G=1,A=4,L=500..1200`.

    A condition is a variable, = and its bin, counted from 1; several are joined by + (`A=3+4`). `low..high`
    in place of a bin are values in the unit of the cut points: the bins that lie in this range, which must
    begin and end at cut points of the model. Of G and A it is a range of bins.

    Raises
    ------
    InputError
        A condition cannot be read, or there is no such variable, bin or cut point.
    """
    start: dict[str, tuple[int, ...]] = {}
    for condition in text.split(","):
        name, equals, places = condition.partition("=")
        name = name.strip()
        if not equals:
            raise InputError(f"start {condition}", "is not VARIABLE=BIN", "e.g. G=1,A=4,L=500..1200")
        if name not in LABELS:
            raise InputError(f"start {name}", "no such variable", did_you_mean(name, LABELS))
        if name in start:
            raise InputError(f"start {name}", "is given twice", "join several bins by +, e.g. A=3+4")
        chosen = {place for part in places.split("+") for place in _bins(part.strip(), name, model)}
        start[name] = tuple(sorted(chosen))
    return start


def _bins(text: str, name: str, model: EncounterModel) -> range:
    """Return the bins, from 1, that one part of a condition names."""
    where, variable = f"start {name}={text}", model.index(name)
    low, dots, high = text.partition("..")
    cuts = model.boundaries[variable]
    try:
        if not dots or cuts is None:
            first, last = int(low), int(high if dots else low)
        else:
            places = [cuts.index(float(edge)) for edge in (low, high)]
            first, last = places[0] + 1, places[1]
    except ValueError:
        known = f"bins are 1 to {model.initial.bins[variable]}"
        if cuts is not None:
            known += f", cut points {' '.join(f'{cut:g}' for cut in cuts)}"
        problem = "is not a range between cut points" if dots else "is neither a bin nor a range"
        raise InputError(where, problem, known) from None
    if not 1 <= first <= last <= model.initial.bins[variable]:
        problem = "there are no such bins" if dots else "there is no such bin"
        raise InputError(where, problem, f"bins are 1 to {model.initial.bins[variable]}")
    return range(first, last + 1)
