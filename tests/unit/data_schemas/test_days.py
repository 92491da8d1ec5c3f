"""Days and hours as a person writes them, against the calendar of the standard library."""

import calendar
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.days import parse_days, parse_hours, parse_mondays
from data_schemas.errors import InputError

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
HOURS = st.integers(0, 23)


def test_mondays_of_the_published_years():
    found = parse_mondays("2018..2020")
    assert (found[0], found[-1], len(found)) == (date(2018, 1, 1), date(2020, 12, 28), 157)


@given(st.integers(1970, 2100))
def test_mondays_of_a_year_are_those_of_the_calendar(year):
    weeks = [week for month in range(1, 13) for week in calendar.monthcalendar(year, month)]
    assert len(parse_mondays(str(year))) == sum(week[0] > 0 for week in weeks)


@given(DAYS, st.integers(0, 800))
def test_range_of_days_holds_both_ends(first, length):
    last = first + timedelta(length)
    found = parse_days(f"{first} .. {last}")
    assert (found[0], found[-1], len(found)) == (first, last, length + 1)
    assert found == sorted(set(found))


@given(DAYS)
def test_month_and_year_are_whole(day):
    month = parse_days(f"{day:%Y-%m}")
    assert len(month) == calendar.monthrange(day.year, day.month)[1]
    assert month[0].day == 1
    assert day in month
    assert len(parse_days(f"{day:%Y}")) == 365 + calendar.isleap(day.year)


@given(st.lists(DAYS, min_size=1, max_size=5))
def test_items_are_sorted_and_each_day_is_there_once(days):
    assert parse_days(", ".join(map(str, days))) == sorted(set(days))


def test_parts_of_a_range_may_differ():
    found = parse_days("2019-12..2020-01-02")
    assert (found[0], found[-1]) == (date(2019, 12, 1), date(2020, 1, 2))


@given(st.lists(HOURS, min_size=1, max_size=5))
def test_hours(hours):
    assert parse_hours(",".join(map(str, hours))) == sorted(set(hours))


@given(HOURS, HOURS)
def test_range_of_hours(first, last):
    if first <= last:
        assert parse_hours(f"{first}..{last}") == list(range(first, last + 1))
    else:
        with pytest.raises(InputError, match="ends before it begins"):
            parse_hours(f"{first}..{last}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty item"),
        ("2018,,2019", "empty item"),
        ("18..20", "not a day"),
        ("2018...2020", "not a day"),
        ("2018-6-4", "not a day"),
        ("٢٠١٨", "not a day"),
        ("2018..", "not a day"),
        ("2018-13", "no day of the calendar"),
        ("2019-02-29", "no day of the calendar"),
        ("0000", "no day of the calendar"),
        ("2020..2018", "ends before it begins; did you mean 2018..2020"),
    ],
)
def test_what_is_no_day_is_told(text, problem):
    with pytest.raises(InputError, match=problem):
        parse_days(text)


@pytest.mark.parametrize("text", ["24", "-1", "x", "1...3", "1..", "0..99"])
def test_what_is_no_hour_is_told(text):
    with pytest.raises(InputError, match=r"^--hours: .* is not an hour"):
        parse_hours(text, "--hours")


@given(st.text(max_size=12))
def test_any_text_gives_days_or_one_line(text):
    for parse in (parse_days, parse_mondays, parse_hours):
        with suppress(InputError):
            assert parse(text)


@pytest.mark.parametrize(
    ("text", "before"), [("2018-06-05..2018-06-10", "2018-06-04"), ("2019-01-01", "2018-12-31")]
)
def test_days_without_a_monday(text, before):
    with pytest.raises(InputError, match=f"holds no Monday; the Monday before it is {before}"):
        parse_mondays(text)
