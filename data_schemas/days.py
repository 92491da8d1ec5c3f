"""Days and hours as a person writes them: `2018..2020`, `2018-06-04..2018-07-30,2019-01`, `0..5,23`."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from data_schemas.errors import InputError

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_HOUR = re.compile(r"\d{1,2}", re.ASCII)
_REMEDY = "write YEAR, YEAR-MONTH or YEAR-MONTH-DAY, FIRST..LAST of them, and commas between"


def parse_days(text: str, where: object = "days") -> list[date]:
    """Return the days (UTC) that a text names, in order, each once.

    Items are separated by commas. An item is a year, a month (2018-06), a day (2018-06-04) or a range of any
    two of them, `FIRST..LAST`, which runs from the first day of FIRST to the last day of LAST.

    Parameters
    ----------
    text
        What was written.
    where
        Where it was written, for the message.

    Raises
    ------
    InputError
        An item is no such thing, is no day of the calendar, or ends before it begins.

    Examples
    --------
    >>> parse_days("2020-02-28..2020-03-01,2019-12-31")[:2]
    [datetime.date(2019, 12, 31), datetime.date(2020, 2, 28)]
    """
    found: set[date] = set()
    for item, first, last in _items(text, where):
        begin, end = _span(first, item, where)[0], _span(last, item, where)[1]
        if end < begin:
            raise InputError(where, f"'{item}' ends before it begins", f"did you mean {last}..{first}?")
        found.update(begin + timedelta(n) for n in range((end - begin).days + 1))
    return sorted(found)


def days_text(days: Iterable[date]) -> str:
    """Return days as `parse_days` reads them, runs of days as ranges.

    >>> days_text(parse_days("2019-03-01,2020-02-28..2020-03-01"))
    '2019-03-01,2020-02-28..2020-03-01'
    """
    items: list[str] = []
    before: date | None = None
    for day in sorted(set(days)):
        if before is not None and day - before == timedelta(1):
            items[-1] = f"{items[-1].partition('..')[0]}..{day}"
        else:
            items.append(str(day))
        before = day
    return ",".join(items)


def parse_mondays(text: str, where: object = "mondays") -> list[date]:
    """Return the Mondays among the days that a text names; see `parse_days`.

    Raises
    ------
    InputError
        As `parse_days`, or there is no Monday among them.
    """
    days = parse_days(text, where)
    mondays = [day for day in days if day.weekday() == calendar.MONDAY]
    if not mondays:
        before = days[0] - timedelta(min(days[0].weekday(), days[0].toordinal() - 1))
        raise InputError(where, f"'{text}' holds no Monday", f"the Monday before it is {before}")
    return mondays


def parse_hours(text: str, where: object = "hours") -> list[int]:
    """Return the hours of the day (UTC, 0 to 23) that a text names, in order, each once.

    Raises
    ------
    InputError
        An item is not an hour or a range of two, or ends before it begins.

    Examples
    --------
    >>> parse_hours("22..23,0,6")
    [0, 6, 22, 23]
    """
    found: set[int] = set()
    for item, first, last in _items(text, where):
        if not (_HOUR.fullmatch(first) and _HOUR.fullmatch(last) and int(first) < 24 and int(last) < 24):
            remedy = "write hours from 0 to 23, FIRST..LAST of them, and commas between"
            raise InputError(where, f"'{item}' is not an hour or a range of hours", remedy)
        if int(last) < int(first):
            raise InputError(where, f"'{item}' ends before it begins", f"did you mean {first}..23,0..{last}?")
        found.update(range(int(first), int(last) + 1))
    return sorted(found)


def _items(text: str, where: object) -> Iterator[tuple[str, str, str]]:
    """Yield each item with its first and last part, the same where it is no range."""
    for piece in text.split(","):
        item = piece.strip()
        if not item:
            raise InputError(where, f"'{text}' has an empty item", _REMEDY)
        first, dots, last = item.partition("..")
        yield item, first.strip(), last.strip() if dots else first.strip()


def _span(part: str, item: str, where: object) -> tuple[date, date]:
    """Return the first and the last day of a year, a month or a day."""
    found = _DAY.fullmatch(part)
    if not found:
        raise InputError(where, f"'{item}' is not a day or a range of days", _REMEDY)
    year, month, day = (int(number) if number else None for number in found.groups())
    try:
        begin = date(year or 0, month or 1, day or 1)
    except ValueError:
        raise InputError(where, f"'{part}' is no day of the calendar", "correct it") from None
    last_month = month or 12
    return begin, date(begin.year, last_month, day or calendar.monthrange(begin.year, last_month)[1])
