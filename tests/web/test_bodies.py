"""The bodies of requests, within limits."""

import pytest

from antiphon.web.bodies import Bodies, Message
from antiphon.web.problems import Problem


class Sender:
    """Sends these parts, and then nothing more."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)

    async def __call__(self) -> Message:
        part = self._parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self._parts)}


async def refused(bodies: Bodies, sender: Sender, path: str = "/api/v1/sessions", declared: bytes = b"") -> int:
    """The status with which a body is refused; 0: it is not."""
    try:
        async with bodies.read(sender, path, declared, known=False):
            return 0
    except Problem as problem:
        return problem.status


async def test_one_is_read_whole() -> None:
    async with Bodies().read(Sender(b"ab", b"", b"c"), "/api/notify", b"3", known=True) as body:
        assert body == b"abc"


async def test_one_has_a_limit_declared_or_not() -> None:
    mega = b"x" * (1024 * 1024)
    assert await refused(Bodies(), Sender(mega)) == 0
    assert await refused(Bodies(), Sender(mega, b"x")) == 413
    assert await refused(Bodies(), Sender(b""), declared=b"99999999") == 413
    assert await refused(Bodies(), Sender(mega, b"x"), path="/api/v1/notices") == 0


async def test_all_of_strangers_have_a_limit_together_while_they_are_held() -> None:
    bodies, five = Bodies(), b"x" * (5 * 1024 * 1024)

    async def nested(depth: int) -> int:
        async with bodies.read(Sender(five), "/api/triggers/a", b"", known=False):
            return await nested(depth - 1) if depth else await refused(bodies, Sender(five), "/api/triggers/a")

    assert await nested(2) == 0
    assert await nested(5) == 503
    assert await refused(bodies, Sender(five), "/api/triggers/a") == 0  # nothing is held any more


async def test_what_goes_wrong_while_one_is_used_is_not_said_of_the_body() -> None:
    bodies = Bodies()
    with pytest.raises(TimeoutError):
        async with bodies.read(Sender(b"ab"), "/api/notify", b"", known=True):
            raise TimeoutError
