"""Random numbers by place, against the published known answers."""

import numpy as np
import pytest

from tracks.philox import fill_philox, philox4x32, pick


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [  # file kat_vectors of the authors' Random123 library, philox4x32 with 10 rounds
        ((0, 0, 0, 0), 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, 0xFFFFFFFFFFFFFFFF, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            0x299F31D0A4093822,
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers(counter, key, answer):
    assert tuple(int(word) for word in philox4x32(np.uint64(key), *counter)) == answer
    filled = np.empty((4, 9), np.uint32)
    fill_philox(np.uint64(key), counter[0], counter[1] - 5, *counter[2:], filled)
    assert tuple(filled[:, 5].tolist()) == answer


def test_pick_is_the_choice_of_searchsorted():
    sums = np.array([0.1, 0.1, 0.4, 1.0])
    for value in (0.0, 0.05, 0.1, 0.2, 0.4, 0.99):
        assert pick(sums, value) == np.searchsorted(sums, value, side="right")
    assert pick(sums, 1.0) == 3  # rounding never leads past the end
