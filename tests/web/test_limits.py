"""How often a token may ask."""

from antiphon.web.limits import Rate


def test_so_many_at_once_and_then_by_and_by() -> None:
    rate = Rate(60.0, 3.0)
    assert [rate.wait("ci", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert rate.wait("ci", 0.5) == 0.5
    assert rate.wait("ci", 1.0) == 0.0
    assert rate.wait("other", 1.0) == 0.0


def test_it_knows_no_more_callers_than_it_may() -> None:
    rate = Rate(60.0, 1.0)
    for number in range(5000):
        rate.wait(f"caller {number}", 0.0)
    assert rate.wait("caller 4999", 0.0) > 0.0
    assert rate.wait("caller 0", 0.0) == 0.0  # forgotten
