"""How long the next identify waits: nothing for a few, then longer and longer, never more than a day's budget."""

import pytest

from antiphon.chat.connection.gateway import identify_pause

NOW = 1_000_000.0


@pytest.mark.parametrize("count", range(5))
def test_the_first_ones_are_free(count: int) -> None:
    assert identify_pause([NOW - 1] * count, NOW, refused=False) == 0


def test_each_further_one_waits_twice_as_long() -> None:
    pauses = [identify_pause([NOW] * count, NOW, refused=False) for count in range(5, 13)]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]


def test_the_time_since_the_last_one_counts() -> None:
    assert identify_pause([NOW - 100] * 7 + [NOW - 15], NOW, refused=False) == 25
    assert identify_pause([NOW - 100] * 7, NOW, refused=False) == 0


def test_one_that_came_too_soon_waits_for_discords_window() -> None:
    assert identify_pause([NOW - 2], NOW, refused=True) == 3
    assert identify_pause([NOW - 10], NOW, refused=True) == 0


def test_a_clock_that_was_set_back_makes_nobody_wait_for_long() -> None:
    assert identify_pause([NOW + 9_000] * 6, NOW, refused=False) == 300


def test_a_bridge_that_crashes_all_day_stays_below_discords_thousand() -> None:
    sent: list[float] = []
    now = NOW
    while now < NOW + 86_400:
        now += identify_pause([at for at in sent if at > now - 1800], now, refused=False)
        sent.append(now)
        now += 2  # it crashes, and the service manager starts it again
    print(f"{len(sent)} identifies in a day of crashes")
    assert len(sent) < 900
