"""When scheduled prompts are due: what people write, clocks that change, and what was missed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.actions.schedules.recurrence import (
    NotATime,
    configured,
    described,
    due,
    machine_zone,
    next_after,
    preview,
    understood,
)
from antiphon.core.schedules.values import Cron, Every, Once

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=ZoneInfo(BERLIN)).timestamp()
HOUR = 3600.0


def at(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("in 2h", Once(NOW + 2 * HOUR)),
        ("in 1h 30m", Once(NOW + 1.5 * HOUR)),
        ("In 90 minutes", Once(NOW + 1.5 * HOUR)),
        ("in an hour and 5 minutes", None),
        ("in hour", Once(NOW + HOUR)),
        ("every 30m", Every(1800.0, NOW)),
        ("every day", Every(86_400.0, NOW)),
        ("every week", Every(604_800.0, NOW)),
        ("9:00", Once(at("2026-12-01 09:00"))),
        ("at 13:30", Once(at("2026-11-30 13:30"))),
        ("today 13:30", Once(at("2026-11-30 13:30"))),
        ("tomorrow at 13:30", Once(at("2026-12-01 13:30"))),
        ("daily at 9:05", Cron("5 9 * * *", BERLIN)),
        ("every day 23:59", Cron("59 23 * * *", BERLIN)),
        ("0 9 * * 1-5", Cron("0 9 * * 1-5", BERLIN)),
        ("2026-12-24 18:30", Once(at("2026-12-24 18:30"))),
        ("2026-12-24T18:30:00+00:00", Once(at("2026-12-24 18:30", "UTC"))),
        ("today 11:00", None),
        ("2026-11-30 11:59", None),
        ("25:00", None),
        ("9:75", None),
        ("every 30s", None),
        ("in 2 months", None),
        ("every month", None),
        ("every monday", None),
        ("every weekday", None),
        ("in 1h and", Once(NOW + HOUR)),
        ("in 2 hours, 5 mins", Once(NOW + 2 * HOUR + 300)),
        ("every 1.1h", Every(3960.0, NOW)),
        ("every", None),
        ("in 3 fortnights", None),
        ("0 9 31 2 *", None),
        ("0 9 30 2 *", None),
        ("60 9 * * *", None),
        ("* * * * * *", None),
        ("9999-01-01", None),
        ("soon", None),
        ("", None),
        ("in 999999w", None),
    ],
)
def test_what_people_write_is_a_time_or_refused_with_words(text: str, when: object) -> None:
    if when is not None:
        assert understood(text, BERLIN, NOW) == when
        return
    with pytest.raises(NotATime) as refused:
        understood(text, BERLIN, NOW)
    assert str(refused.value).endswith(".")


def test_the_times_are_whole_seconds() -> None:
    assert understood("every 10m", BERLIN, NOW + 0.4) == Every(600.0, NOW)


def test_a_configuration_says_what_is_the_same_at_each_start() -> None:
    for text in ("in 2h", "9:00", "tomorrow 9:00"):
        with pytest.raises(NotATime):
            configured(text, BERLIN, NOW)
    assert configured("2020-12-24 18:30", BERLIN, NOW) == Once(at("2020-12-24 18:30"))
    assert configured("daily 9:00", BERLIN, NOW) == Cron("0 9 * * *", BERLIN)
    assert configured("every 6h", BERLIN, NOW) == Every(21_600.0, NOW)
    assert configured("0 3 * * 1-5", BERLIN, NOW) == Cron("0 3 * * 1-5", BERLIN)


def test_the_machines_zone_has_a_name() -> None:
    assert "/" in machine_zone() or machine_zone() == "UTC"


def test_a_minutely_run_that_comes_late_is_the_last_one_and_none_comes_early() -> None:
    start = NOW - NOW % 60
    found = due(Cron("* * * * *", BERLIN), start, start + 59.5, "each")
    assert (found.run, found.missed, found.next) == ([start], None, start + 60)
    two = due(Cron("* * * * *", BERLIN), start, start + 60.5, "each")
    assert two.run == [start, start + 60]


def test_a_zone_that_nobody_knows_is_refused() -> None:
    for zone in ("Nowhere/Land", "", "../etc/passwd", "/etc/localtime", "x" * 5000):
        with pytest.raises(NotATime):
            understood("daily 9:00", zone, NOW)


@given(st.text(max_size=60))
def test_whatever_people_write_is_understood_or_refused(text: str) -> None:
    try:
        when = understood(text, BERLIN, NOW)
    except NotATime:
        return
    first = next_after(when, NOW)
    assert first is not None
    assert first > NOW


def times(when: Cron, after: str, most: int) -> list[str]:
    return [datetime.fromtimestamp(one, ZoneInfo(when.zone)).isoformat() for one in preview(when, at(after), most)]


def test_a_day_with_23_hours_has_its_run_at_the_end_of_the_hour_that_is_left_out() -> None:
    assert times(Cron("30 2 * * *", BERLIN), "2026-03-28 03:00", 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]
    hourly = times(Cron("0 * * * *", BERLIN), "2026-03-29 00:30", 3)
    assert [one[11:13] for one in hourly] == ["01", "03", "04"]


def test_a_day_with_25_hours_has_its_daily_run_once_and_its_hourly_ones_25_times() -> None:
    assert times(Cron("30 2 * * *", BERLIN), "2026-10-24 03:00", 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]
    assert len([one for one in times(Cron("0 * * * *", BERLIN), "2026-10-24 23:30", 30) if "-25T" in one]) == 25


def test_an_interval_is_counted_from_its_start() -> None:
    when = Every(600.0, 1000.0)
    assert preview(when, 1000.0, 3) == [1600.0, 2200.0, 2800.0]
    assert next_after(when, 1600.0) == 2200.0
    assert next_after(when, 2199.0) == 2200.0
    assert next_after(when, 5.0) == 1600.0


def test_what_is_due_on_time_runs_once() -> None:
    found = due(Every(600.0, 1000.0), 1600.0, 1600.5, "skip")
    assert (found.run, found.missed, found.next) == ([1600.0], None, 2200.0)
    once = due(Once(1600.0), 1600.0, 1600.0, "once")
    assert (once.run, once.missed, once.next) == ([1600.0], None, None)


@pytest.mark.parametrize(
    ("policy", "run", "missed"),
    [("skip", [], 2800.0), ("once", [2800.0], 2200.0), ("each", [1600.0, 2200.0, 2800.0], None)],
)
def test_what_was_missed_is_made_up_for_as_is_wanted(policy: str, run: list[float], missed: float | None) -> None:
    found = due(Every(600.0, 1000.0), 1600.0, 3000.0, policy)  # pyright: ignore[reportArgumentType]
    assert (found.run, found.missed, found.next) == (run, missed, 3400.0)


def test_a_run_that_is_due_now_makes_up_for_the_missed_ones() -> None:
    found = due(Every(600.0, 1000.0), 1600.0, 2810.0, "once")
    assert (found.run, found.missed) == ([2800.0], 2200.0)
    each = due(Every(600.0, 1000.0), 1600.0, 2810.0, "each")
    assert each.run == [1600.0, 2200.0, 2800.0]


@pytest.mark.timeout(5)
def test_a_year_without_the_bridge_is_made_up_for_within_limits() -> None:
    minutely = due(Cron("* * * * *", BERLIN), NOW, NOW + 365 * 86_400.0 + 1, "once")
    assert minutely.run == [NOW + 365 * 86_400.0]
    found = due(Every(3600.0, 0.0), 3600.0, 365 * 86_400.0 + 1800, "each")
    assert len(found.run) == 100
    assert found.missed is not None
    assert found.missed < min(found.run)


@given(
    st.sampled_from(["0 * * * *", "*/7 * * * *", "30 2 * * *", "0 9 * * 1-5"]), st.integers(0, 400), st.integers(0, 30)
)
def test_the_last_moments_are_those_that_come_one_after_the_other(cron: str, days: int, more: int) -> None:
    when = Cron(cron, BERLIN)
    since = next_after(when, NOW - days * 86_400.0)
    assert since is not None
    now = since + more * HOUR
    forward = [since]
    while (later := next_after(when, forward[-1])) is not None and later <= now:
        forward.append(later)
    found = due(when, since, now, "each")
    assert [*found.run] == forward[-101:][-len(found.run) :]
    assert found.next == later


def test_they_are_described() -> None:
    assert described(Every(1800.0, 0.0)) == "every 30 minutes"
    assert described(Every(86_400.0, 0.0)) == "every day"
    assert described(Every(90.0, 0.0)) == "every 90 seconds"
    assert described(Once(5.0)) == "once"
    assert described(Cron("0 9 * * 1-5", BERLIN)) == "At 09:00 on Monday through Friday (Europe/Berlin)"
