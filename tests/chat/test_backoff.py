"""Waiting for Discord: how long, until when, and what is not waited for."""

import asyncio
import logging
from itertools import pairwise

import aiohttp
import discord
import pytest

from antiphon.chat.connection.endpoint import Unready, seconds, unready, until_ready
from antiphon.core.health import Health
from antiphon.errors import BadToken

from virtual_time import run_virtually


def asked_at(answers: list[Exception | str]) -> list[float]:
    """When each of these answers was asked for, in seconds."""
    times: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def ask() -> str:
            times.append(round(loop.time(), 3))
            answer = answers[len(times) - 1]
            if isinstance(answer, Exception):
                raise answer
            return answer

        assert await until_ready(ask, Health(loop.time)) == answers[-1]

    run_virtually(main())
    return times


def test_the_pauses_grow_to_a_minute() -> None:
    times = asked_at([*[Unready("away")] * 9, "here"])
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_discords_own_wish_is_respected() -> None:
    assert asked_at([Unready("slow down", 300), Unready("slow down", 0.5), "here"]) == [0, 300, 302]


def test_it_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    asked_at([*[Unready("away")] * 5, "here"])
    assert [one.getMessage() for one in caplog.records] == [
        "Discord is not ready yet, waiting for it: away",
        "Discord is ready (after 31 s)",
    ]


def test_what_an_operator_must_mend_is_not_waited_for() -> None:
    with pytest.raises(BadToken):
        asked_at([BadToken()])


class Answer:
    """What discord.py needs of a response."""

    reason = ""

    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("error", "after"),
    [
        (discord.HTTPException(Answer(429, Retry_After="12"), "x"), 12),  # pyright: ignore[reportArgumentType]
        (discord.DiscordServerError(Answer(503), "x"), 0),  # pyright: ignore[reportArgumentType]
        (discord.RateLimited(7.5), 7.5),
        (aiohttp.ClientConnectionError(), 0),
        (TimeoutError(), 0),
        (ConnectionResetError("gone"), 0),
    ],
)
def test_what_waiting_mends(error: Exception, after: float) -> None:
    found = unready(error)
    assert found is not None
    assert found.after == after
    assert str(found)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_waiting_does_not_mend(status: int) -> None:
    assert unready(discord.HTTPException(Answer(status), "x")) is None  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("header", "found"), [(None, 0), ("", 0), ("3", 3), ("1.5", 1.5), ("-4", 0), ("soon", 0), ("inf", 0), ("nan", 0)]
)
def test_a_retry_after_is_read(header: str | None, found: float) -> None:
    assert seconds(header) == found
