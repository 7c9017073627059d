"""A message that is a command: it is done once and answered once, whatever Discord tells, and never by an edit."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from inbound_scene import Inbound, inbound

from antiphon.chat.inbound.intake import IncomingMessage


class Commands:
    """Knows one command, and counts."""

    def __init__(self) -> None:
        self.done = 0

    def find(self, message: IncomingMessage, words: str) -> Callable[[], Awaitable[Sequence[str]]] | None:
        return self._do if words == "/do" else None

    async def _do(self) -> Sequence[str]:
        self.done += 1
        return [f"done {self.done}"]


def answers(at: Inbound) -> list[str]:
    return [one["content"] for one in at.ben.messages(at.general) if one["author"].get("bot")]


async def test_a_command_that_is_told_of_twice_is_done_once(tmp_path: Path) -> None:
    commands = Commands()
    async with inbound(tmp_path, command=commands.find) as at:
        await at.discord.fault({"twist_gateway": "double", "times": 1})
        await at.ben.say(at.general, "/do")
        await at.ben.say(at.general, "behind it")
        await at.texts(1)  # in a channel one message is taken after the other
        await at.ben.until(lambda _: answers(at))
        assert commands.done == 1
        assert answers(at) == ["done 1"]
        assert await at.texts(1) == ["behind it"]


async def test_a_stranger_has_no_commands_and_an_edit_makes_none(tmp_path: Path) -> None:
    commands = Commands()
    async with inbound(tmp_path, command=commands.find) as at:
        await at.mallory.say(at.general, "/do")
        said = await at.ben.say(at.general, "first")
        await at.texts(1)
        await at.ben.edit(said, "/do")
        await at.ben.say(at.general, "behind it")
        await at.texts(2)
        assert commands.done == 0
        assert answers(at) == []
