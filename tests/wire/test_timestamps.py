from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usina.wire import timestamps
from usina.wire.faults import TypeFaultError

MOMENT = datetime(2014, 4, 29, 18, 30, 38, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@pytest.mark.parametrize(
    "value",
    [
        1398796238,
        1398796238.0,
        "1398796238",
        "2014-04-29T18:30:38Z",
        "2014-04-29T18:30:38+00:00",
        "2014-04-29T20:30:38.000+02:00",
        "20140429T183038Z",
        "Tue, 29 Apr 2014 18:30:38 GMT",
        MOMENT,
        MOMENT.replace(tzinfo=None),
        MOMENT.astimezone(timezone(timedelta(hours=5))),
    ],
)
def test_a_moment_is_read_in_every_form_clients_send(value: object) -> None:
    assert timestamps.from_any(value) == MOMENT


@pytest.mark.parametrize(
    "value", ["", "now", "2014-13-45", "NaN", "inf", 1e300, float("nan"), True, [], {}, "Tue, 99 Foo 2014", "9" * 400]
)
def test_what_is_no_moment_is_a_fault(value: object) -> None:
    with pytest.raises(TypeFaultError):
        timestamps.from_any(value)


@given(MOMENTS)
def test_a_moment_written_in_iso8601_comes_back(moment: datetime) -> None:
    assert timestamps.from_iso8601(timestamps.to_iso8601(moment)) == moment


@given(MOMENTS)
def test_a_moment_written_as_an_http_date_comes_back_to_the_second(moment: datetime) -> None:
    if moment.year >= 1900:  # the form says years in four digits, and its readers take small ones for abbreviations
        assert timestamps.from_rfc822(timestamps.to_rfc822(moment)) == moment.replace(microsecond=0)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - as above
def test_a_moment_written_as_epoch_seconds_comes_back(moment: datetime) -> None:
    assert timestamps.from_epoch(timestamps.to_epoch(moment)) == moment


def test_whole_seconds_are_written_without_a_fraction() -> None:
    assert timestamps.to_epoch(MOMENT) == 1398796238
    assert timestamps.to_iso8601(MOMENT) == "2014-04-29T18:30:38Z"
    assert timestamps.to_iso8601(MOMENT.replace(microsecond=250_000)) == "2014-04-29T18:30:38.250Z"
    assert timestamps.to_rfc822(1398796238) == "Tue, 29 Apr 2014 18:30:38 GMT"
