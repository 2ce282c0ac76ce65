"""Days are whole UTC days, and the last of them is open."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from igny8_core.business.errors import InvalidRequest
from igny8_core.business.usage.days import Days


def test_the_last_days_end_with_today() -> None:
    days = Days.up_to(datetime(2026, 3, 1, 12, tzinfo=UTC), count=7)
    assert (days.first, days.last, len(days)) == (date(2026, 2, 23), date(2026, 3, 1), 7)


def test_their_bounds_are_midnights_in_utc_and_the_second_is_outside() -> None:
    days = Days(date(2026, 3, 1), date(2026, 3, 3))
    assert days.starts_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert days.ends_at == datetime(2026, 3, 3, tzinfo=UTC)
    assert list(days) == [date(2026, 3, 1), date(2026, 3, 2)]


def test_today_is_the_day_in_utc_wherever_the_clock_hangs() -> None:
    auckland = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=13)))
    assert Days.up_to(auckland, count=1).first == date(2026, 3, 1)


@pytest.mark.parametrize("until", [date(2026, 3, 1), date(2026, 2, 28)])
def test_no_days_are_refused(until: date) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Days(date(2026, 3, 1), until)
    assert str(until) in caught.value.message
