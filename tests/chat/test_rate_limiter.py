"""The scheduler keeps within limits that it learns, and lets the most important go first.

Time is virtual: the server's windows are exact, and a test of ten minutes takes none.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.chat.connection.rate_limiter import RateLimiter, Route, route
from antiphon.chat.render.message import Priority

from virtual_time import run_virtually

SEND = "/channels/{}/messages"


class Server:
    """Discord's side: a fixed window for each channel, and one for all; a request over a limit is counted as a 429."""

    def __init__(
        self, rate_limiter: RateLimiter, limit: int = 5, window: float = 5.0, latencies: Sequence[float] = (0.02,)
    ) -> None:
        self.rate_limiter = rate_limiter
        self.limit, self.window = limit, window
        self.latencies = cycle(latencies)
        self.ends: dict[str, float] = defaultdict(float)
        self.counts: dict[str, int] = defaultdict(int)
        self.second: list[float] = []
        self.refused = 0
        self.served: list[tuple[float, str, int]] = []  # when, channel, number

    async def ask(self, channel: str, priority: Priority, number: int = 0) -> None:
        loop = asyncio.get_running_loop()
        path, latency = SEND.format(channel), next(self.latencies)
        async with self.rate_limiter.turn("POST", path, priority):
            await asyncio.sleep(latency / 2)
            now = loop.time()
            if now >= self.ends[channel]:
                self.ends[channel], self.counts[channel] = now + self.window, 0
            self.counts[channel] += 1
            self.second = [at for at in self.second if at > now - 1.0] + [now]
            over = self.counts[channel] > self.limit or len(self.second) > 50
            self.refused += over
            self.served.append((now, channel, number))
            headers = {
                "X-RateLimit-Limit": str(self.limit),
                "X-RateLimit-Remaining": str(max(0, self.limit - self.counts[channel])),
                "X-RateLimit-Reset-After": f"{self.ends[channel] - now:.3f}",
                "X-RateLimit-Bucket": "messages",
                "Retry-After": "1",
            }
            await asyncio.sleep(latency / 2)
            self.rate_limiter.learn("POST", path, 429 if over else 200, headers)


@settings(max_examples=60, deadline=None)
@given(
    asks=st.lists(st.tuples(st.integers(1, 6), st.sampled_from(Priority), st.floats(0, 3)), max_size=120),
    limit=st.integers(1, 8),
    window=st.floats(0.3, 8),
    latencies=st.lists(st.floats(0.001, 0.5), min_size=1, max_size=5),
)
def test_no_request_is_ever_over_a_limit_and_each_gets_its_turn(
    asks: Sequence[tuple[int, Priority, float]], limit: int, window: float, latencies: Sequence[float]
) -> None:
    async def main() -> Server:
        server = Server(RateLimiter(), limit, window, latencies)

        async def later(channel: int, priority: Priority, delay: float) -> None:
            await asyncio.sleep(delay)
            await server.ask(str(channel), priority)

        async with asyncio.TaskGroup() as group:
            for one in asks:
                group.create_task(later(*one))
        return server

    server = run_virtually(main())
    assert server.refused == 0
    assert len(server.served) == len(asks)


def test_two_hundred_channels_stay_within_the_global_limit() -> None:
    async def main() -> Server:
        server = Server(RateLimiter())
        async with asyncio.TaskGroup() as group:
            for n in range(400):
                group.create_task(server.ask(str(n % 200), Priority.ANSWER))
        return server

    server = run_virtually(main())
    assert server.refused == 0
    assert server.served[-1][0] < 400 / 46 + 6


def test_requests_and_answers_go_before_progress_and_progress_before_marks() -> None:
    async def main() -> list[int]:
        server = Server(RateLimiter(), limit=1, window=0.5)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.ask("1", Priority.ANSWER))  # takes the window, so that all others wait
            await asyncio.sleep(0)
            for priority in (Priority.MARK, Priority.PROGRESS, Priority.ANSWER, Priority.REQUEST):
                group.create_task(server.ask("1", priority, int(priority)))
        return [number for _, _, number in server.served[1:]]

    assert run_virtually(main()) == [Priority.REQUEST, Priority.ANSWER, Priority.PROGRESS, Priority.MARK]


def test_what_waits_for_long_is_not_passed_for_ever() -> None:
    async def main() -> float:
        server = Server(RateLimiter(), limit=1, window=0.5)

        async def flood() -> None:
            for _ in range(100):
                await server.ask("1", Priority.REQUEST)

        async with asyncio.TaskGroup() as group:
            group.create_task(flood())
            group.create_task(flood())
            await asyncio.sleep(0.1)
            group.create_task(server.ask("1", Priority.MARK, 7))
        return next(at for at, _, number in server.served if number == 7)

    assert run_virtually(main()) < 20


def test_a_flood_of_notices_leaves_room_in_each_window_for_what_claude_says() -> None:
    async def main() -> Server:
        server = Server(RateLimiter())

        async def flood() -> None:
            for _ in range(30):
                await server.ask("1", Priority.NOTICE)

        async with asyncio.TaskGroup() as group:
            group.create_task(flood())
            for number in range(1, 9):
                await asyncio.sleep(3.3)
                asked = asyncio.get_running_loop().time()
                await server.ask("1", Priority.ANSWER, number)
                took.append(asyncio.get_running_loop().time() - asked)
        return server

    took = list[float]()
    server = run_virtually(main())
    assert max(took) < 2.0
    assert sum(one < 0.1 for one in took) >= 6
    assert (server.refused, len(server.served)) == (0, 38)


def test_a_full_channel_holds_up_no_other() -> None:
    async def main() -> float:
        server = Server(RateLimiter())
        async with asyncio.TaskGroup() as group:
            for _ in range(12):
                group.create_task(server.ask("1", Priority.REQUEST))
            await asyncio.sleep(0.5)
            group.create_task(server.ask("2", Priority.PROGRESS, 9))
        return next(at for at, _, number in server.served if number == 9)

    assert run_virtually(main()) < 0.6


def test_who_stops_waiting_takes_nothing_with_it() -> None:
    async def main() -> int:
        server = Server(RateLimiter(), limit=2, window=1.0)
        waiting = [asyncio.create_task(server.ask("1", Priority.ANSWER)) for _ in range(20)]
        await asyncio.sleep(0.1)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        before = len(server.served)
        async with asyncio.timeout(5):
            for _ in range(3):
                await server.ask("1", Priority.ANSWER)
        return len(server.served) - before

    assert run_virtually(main()) == 3


def test_a_429_stops_its_route_and_a_global_one_everything() -> None:
    async def main() -> tuple[float, float]:
        rate_limiter, loop = RateLimiter(), asyncio.get_running_loop()
        server = Server(rate_limiter)
        await server.ask("1", Priority.ANSWER)
        rate_limiter.learn("POST", SEND.format("1"), 429, {"Retry-After": "3"})
        await server.ask("1", Priority.ANSWER)
        own = loop.time()
        rate_limiter.learn("POST", SEND.format("1"), 429, {"Retry-After": "4", "X-RateLimit-Global": "true"})
        await server.ask("2", Priority.REQUEST)
        return own, loop.time() - own

    own, everything = run_virtually(main())
    assert own >= 3
    assert everything >= 4


def test_a_thread_is_renamed_at_most_twice_in_ten_minutes_though_no_header_says_so() -> None:
    async def main() -> list[float]:
        rate_limiter, loop, times = RateLimiter(), asyncio.get_running_loop(), list[float]()
        for _ in range(3):
            async with rate_limiter.turn("PATCH", "/channels/5", Priority.PROGRESS):
                times.append(loop.time())
            headers = {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "29", "X-RateLimit-Reset-After": "10"}
            rate_limiter.learn("PATCH", "/channels/5", 200, headers)
        return times

    times = run_virtually(main())
    assert times[1] < 20
    assert times[2] >= 600


def test_edits_are_spread_over_the_window_that_was_learned() -> None:
    async def main() -> tuple[float, float]:
        rate_limiter = RateLimiter()
        where = "PATCH", "/channels/5/messages/6"
        usual = rate_limiter.pace(*where)
        headers = {"X-RateLimit-Limit": "11", "X-RateLimit-Remaining": "10", "X-RateLimit-Reset-After": "5"}
        rate_limiter.learn("PATCH", "/channels/5/messages/6", 200, headers)
        return usual, rate_limiter.pace(*where)

    assert run_virtually(main()) == (1.25, 0.5)


@pytest.mark.parametrize("headers", [{"X-RateLimit-Remaining": "x"}, {"X-RateLimit-Remaining": "1"}, {}])
def test_headers_that_are_not_discords_change_nothing(headers: dict[str, str]) -> None:
    async def main(learned: bool) -> tuple[float, list[tuple[float, str, int]]]:
        rate_limiter = RateLimiter()
        server = Server(rate_limiter, limit=2, window=3.0)
        await server.ask("1", Priority.ANSWER)
        if learned:
            rate_limiter.learn("POST", SEND.format("1"), 200, headers)
        for _ in range(5):
            await server.ask("1", Priority.ANSWER)
        return rate_limiter.pace("POST", SEND.format("1")), server.served

    assert run_virtually(main(learned=True)) == run_virtually(main(learned=False))


def test_a_route_is_a_method_a_path_without_ids_and_a_channel() -> None:
    assert route("PATCH", "/channels/12/messages/34") == Route("PATCH /channels/{}/messages/{}", "12")
    one = route("PUT", "/channels/12/messages/34/reactions/%E2%9C%85/@me")
    assert one == route("DELETE", "/channels/12/messages/34/reactions/x/@me")


@pytest.mark.parametrize(("limit", "window"), [(1, 0.25), (5, 1.0), (5, 5.0), (10, 2.0)])
def test_answers_that_come_in_another_order_mislead_nobody(limit: int, window: float) -> None:
    async def main() -> Server:
        server = Server(RateLimiter(), limit, window, (0.6, 0.02, 0.3, 0.05, 0.4))
        async with asyncio.TaskGroup() as group:
            for number in range(60):
                group.create_task(server.ask("1", Priority.ANSWER, number))
        return server

    assert run_virtually(main()).refused == 0
