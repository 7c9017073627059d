"""Commands that somebody sends as a message: they do what the slash command of the same name does.

The answer is a reply that everybody sees. A message is received at least once: what must happen once has its id as the
key.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

from antiphon.actions import inspect, prompts, settings, stop
from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace
from antiphon.actions.reasons import Refused
from antiphon.actions.terminals import attach
from antiphon.chat import wording
from antiphon.chat.inbound.intake import IncomingMessage, sharing
from antiphon.chat.interactions.commands.settings import USUAL
from antiphon.chat.interactions.help import help_pages
from antiphon.chat.interactions.wording import NAMES
from antiphon.chat.render import replies
from antiphon.core.requests import ChoiceName
from antiphon.core.values import Effort
from antiphon.errors import AntiphonError, StoreError, with_id

_CALL = re.compile(r"/(?P<name>[a-z-]+)(?:\s+(?P<words>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Call:
    """A command as it was sent. `by`: what an action wants to know first."""

    message: IncomingMessage
    by: tuple[ActionContext, Member, InPlace]
    words: str

    @property
    def text(self) -> prompts.Text:
        return prompts.Text(self.words, self.message.id)

    @property
    def key(self) -> str:
        return str(self.message.id)


class TypedCommands:
    """Finds them in messages."""

    def __init__(self, context: ActionContext) -> None:
        self._context = context
        self._commands: Mapping[str, Callable[[_Call], Awaitable[Sequence[str]]]] = {
            "stop": _stop,
            "queue": _queue,
            "compact": _compact,
            "clear": _clear,
            "model": partial(_choose, "model"),
            "mode": partial(_choose, "mode"),
            "effort": partial(_choose, "effort"),
            "antiphon": _leave_out,
            "status": _status,
            "help": _help,
        }

    def find(self, message: IncomingMessage, words: str) -> Callable[[], Awaitable[Sequence[str]]] | None:
        """What a message asks for with its `words`; None: no command of ours. The call does it and returns the texts of
        its answer; StoreError: the database cannot be used."""
        called = _CALL.fullmatch(words)
        if called is None or called["name"] not in NAMES:
            return None
        project = self._context.projects.at(message.channel, message.parent)
        shared = None if project is None else sharing(message, project)
        person = message.author.id if shared == "person" else None
        at = InPlace(message.channel, message.parent, shared, person)
        by = self._context, Member(message.author, "message"), at
        return partial(self._run, called["name"], _Call(message, by, (called["words"] or "").strip()))

    async def _run(self, name: str, call: _Call) -> Sequence[str]:
        if name not in self._commands:
            return [wording.PICK_COMMAND.format(name=name)]
        try:
            return await self._commands[name](call)
        except Refused as error:
            return [wording.refusal(error.reason)]
        except StoreError:
            raise
        except AntiphonError as error:
            return [with_id(wording.failed(f"/{name}", error.hint), error)]


async def _status(call: _Call) -> Sequence[str]:
    return [replies.status(await inspect.status(*call.by))]


async def _stop(call: _Call) -> Sequence[str]:
    return [wording.stopped(await stop.stop_session(*call.by, call.key))]


async def _queue(call: _Call) -> Sequence[str]:
    if not call.words:
        return [wording.NOTHING_TO_QUEUE]
    await prompts.queue(*call.by, call.text, call.key)
    return [wording.queued(call.words)]


async def _compact(call: _Call) -> Sequence[str]:
    return [wording.sent(await prompts.compact(*call.by, call.text, call.key))]


async def _clear(call: _Call) -> Sequence[str]:
    return [wording.sent(await prompts.clear(*call.by, call.message.id, call.key))]


async def _choose(name: ChoiceName, call: _Call) -> Sequence[str]:
    value = call.words
    if not value:
        found = await settings.current(*call.by)
        return [wording.holds(name, found.session, found.project)]
    known = {"mode": tuple(wording.MODES), "effort": (USUAL, *get_args(Effort))}.get(name, (value,))
    if value not in known:
        return [wording.CHOOSE_ONE_OF.format(name=name, values=", ".join(known))]
    usual = name != "mode" and value == USUAL
    return [wording.chosen(await settings.choose(*call.by, name, "" if usual else value))]


async def _leave_out(call: _Call) -> Sequence[str]:
    if call.words not in ("off", "on"):
        return [wording.CHOOSE_ONE_OF.format(name="word after /antiphon", values="off, on")]
    out = call.words == "off"
    return [wording.left_out(await attach.leave_out(*call.by, out=out), out=out)]


async def _help(call: _Call) -> Sequence[str]:
    rights = await inspect.rights(*call.by)
    return help_pages(rights.actions, as_guest=rights.as_guest)
