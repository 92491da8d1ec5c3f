import itertools

import numpy as np
import pytest

from tests.unit.tracks.process.leaves import NAN
from tracks.process.altitudes import mark_impossible_altitudes
from tracks.process.deduplicate import mark_repeated_rows
from tracks.process.reasons import REASONS
from tracks.process.segments import find_segments


def reasons(rows, require_squawk=True, offsets=None):
    """Rows of (time, lat, lon, lastcontact, squawk); the reasons they get, "" where they remain."""
    time, lat, lon, contact, squawk = (np.array(column) for column in zip(*rows, strict=True))
    reason = np.zeros(len(rows), np.int8)
    floats = [np.asarray(x, float) for x in (time, lat, lon, contact)]
    ends = np.array(offsets or [0, len(rows)])
    mark_repeated_rows(ends, *floats, squawk.astype(np.int16), require_squawk, reason)
    return [REASONS[code] for code in reason]


def test_rows_without_squawk_leave_where_required():
    rows = [(0, 1, 1, 0, -1), (1, 1, 2, 1, 0)]
    assert reasons(rows) == ["missing_squawk", ""]
    assert reasons(rows, require_squawk=False) == ["", ""]


def test_of_rows_that_share_a_contact_the_lowest_squawk_stays_then_the_earliest():
    rows = [(0, 1, 1, 9, 7000), (1, 1, 2, 9, 1200), (2, 1, 3, 9, 1200), (3, 1, 4, 9, -1)]
    gone = "duplicate_lastcontact"
    assert reasons(rows, require_squawk=False) == [gone, "", gone, gone]


def test_contacts_out_of_order_are_found_too():
    rows = [(0, 1, 1, 9, 1), (1, 1, 2, 5, 1), (2, 1, 3, 9, 1), (3, 1, 4, 5, 0)]
    assert reasons(rows) == ["", "duplicate_lastcontact", "duplicate_lastcontact", ""]


def test_a_missing_contact_is_shared_with_none():
    assert reasons([(0, 1, 1, NAN, 1), (1, 1, 2, NAN, 1)]) == ["", ""]


def test_of_rows_that_share_a_time_the_earliest_contact_stays_missing_last():
    gone = "duplicate_time"
    rows = [(5, 1, 1, NAN, 1), (5, 1, 2, 4.5, 7), (5, 1, 3, 4.0, 7), (5, 1, 4, NAN, 0)]
    assert reasons(rows) == [gone, gone, "", gone]
    rows = [(5, 1, 1, NAN, 7), (5, 1, 2, NAN, 3), (5, 1, 3, NAN, 3)]
    assert reasons(rows) == [gone, "", gone]


def test_a_row_gone_for_its_contact_does_not_compete_for_its_time():
    rows = [(4, 1, 1, 3.0, 1), (5, 1, 2, 3.0, 7), (5, 1, 3, 4.0, 7)]
    assert reasons(rows) == ["", "duplicate_lastcontact", ""]


def test_a_position_seen_at_any_earlier_time_leaves():
    rows = [(k, 1 + k % 500, 2, k, 1) for k in range(1000)]
    assert reasons(rows) == [""] * 500 + ["duplicate_position"] * 500
    assert reasons([(0, 0.0, 1, 0, 1), (1, -0.0, 1, 1, 1)]) == ["", "duplicate_position"]
    assert reasons([(0, 3, 180, 0, 1), (1, 3, -180, 1, 1), (2, 180, 3, 2, 1)]) == ["", "", ""]


def test_another_aircraft_may_share_everything():
    rows = [(0, 1, 1, 0, 1), (1, 1, 2, 1, 1)] * 2
    assert reasons(rows, offsets=[0, 2, 4]) == [""] * 4


def test_order_of_ties_does_not_matter_where_their_values_differ():
    ties = [(5, 1, 1, 4.0, 2), (5, 1, 2, 4.0, 1), (5, 1, 3, 3.0, 7), (5, 1, 4, NAN, 1)]
    outcomes = set()
    for order in itertools.permutations(ties):
        rows = [(0, 9, 9, 0, 1), *order, (6, 1, 3, 6, 1)]
        outcomes.add(tuple(sorted((*row[1:3], why) for row, why in zip(rows, reasons(rows), strict=True))))
    assert len(outcomes) == 1


@pytest.mark.parametrize(
    ("baro", "geo", "both", "only_geo"),
    [
        (100, 100, "", ""),
        (NAN, 0, "missing_altitude_of_mode", "altitude_zero"),
        (0, 99_999, "altitude_zero", "altitude_out_of_range"),
        (-0.0, 100, "altitude_zero", ""),
        (-115, -115 - 9e-7, "", ""),
        (-115.00001, 100, "altitude_out_of_range", ""),
        (31_000, 31_000 + 9e-7, "", ""),
        (100, 31_000.00001, "altitude_out_of_range", "altitude_out_of_range"),
        (-35.052 / 0.3048, 9448.8 / 0.3048, "", ""),
    ],
)
def test_altitudes_of_the_mode(baro, geo, both, only_geo):
    for altitudes, expected in (((baro, geo), both), ((geo,), only_geo)):
        reason = np.zeros(1, np.int8)
        mark_impossible_altitudes(tuple(np.array([h], float) for h in altitudes), -115.0, 31_000.0, reason)
        assert REASONS[reason[0]] == expected


def segments(time, offsets=None, reason=None):
    reason = np.zeros(len(time), np.int8) if reason is None else reason
    ends = np.array(offsets or [0, len(time)])
    return find_segments(ends, np.array(time, float), 20.0, 10, reason), [REASONS[code] for code in reason]


def test_a_gap_of_exactly_20_seconds_is_none():
    time = [*range(10), *(29 + k for k in range(10)), *(58.001 + k for k in range(10))]
    found, _ = segments(time)
    assert found.offsets.tolist() == [0, 20, 30]
    assert found.number.tolist() == [1, 2]


def test_nine_rows_leave_and_ten_stay_and_the_numbers_skip_none():
    time = [*range(9), *range(100, 110), *range(200, 209), *range(300, 311)]
    found, why = segments(time)
    assert why == ["short_segment"] * 9 + [""] * 10 + ["short_segment"] * 9 + [""] * 11
    assert found.number.tolist() == [1, 2]
    assert found.offsets.tolist() == [0, 10, 21]
    assert found.rows.tolist() == [*range(9, 19), *range(28, 39)]


def test_an_aircraft_ends_a_segment_and_numbers_begin_anew():
    found, _ = segments([*range(12), *range(12, 24), *range(100, 110)], [0, 12, 12, 34])
    assert found.aircraft.tolist() == [0, 2, 2]
    assert found.number.tolist() == [1, 1, 2]


def test_rows_that_left_widen_the_gap():
    reason = np.zeros(33, np.int8)
    reason[11:22] = 1
    found, _ = segments([2.0 * k for k in range(33)], reason=reason)
    assert found.offsets.tolist() == [0, 11, 22]
    assert found.rows.tolist() == [*range(11), *range(22, 33)]


def test_a_number_is_not_used_again_and_stays_with_its_segment():
    time = [*range(10), *range(100, 110), *range(200, 212)]
    reason = np.zeros(32, np.int8)
    found = find_segments(np.array([0, 32]), np.array(time, float), 20.0, 10, reason)
    reason[[15, 20, 21]] = 9
    left = found.take(*found.remaining(reason, 10, 11))
    assert left.number.tolist() == [1, 3]
    assert left.offsets.tolist() == [0, 10, 20]
    assert [REASONS[code] for code in reason[10:15]] == ["short_after_outliers"] * 5
