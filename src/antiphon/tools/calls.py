"""The calls of Claude's own tools: what it gives to an action, and the result, or why there is none, to words.

Limits a session to so many calls; what it may reach is the actions' matter.
"""

import time
from collections import deque
from collections.abc import Callable

from antiphon.actions import messages
from antiphon.actions.callers import ClaudeSession
from antiphon.actions.context import ActionContext
from antiphon.actions.reasons import Condition, Refused
from antiphon.core.values import MessageId, SessionId
from antiphon.errors import AntiphonError
from antiphon.tools import definitions as ours
from antiphon.tools import wording

_MOST, _WITHIN = 20, 60.0  # calls of a session, in so many seconds


class DiscordTools:
    """Implements ours.Tools."""

    def __init__(self, actions: ActionContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._actions = actions
        self._clock = clock
        self._called: dict[SessionId, deque[float]] = {}
        self._status: dict[SessionId, MessageId] = {}

    def turn_over(self, session: SessionId) -> None:
        """Its next status is a message of its own."""
        self._status.pop(session, None)

    async def call(self, session: SessionId, call: ours.ToolCall) -> ours.ToolResult:
        """See ours.Tools."""
        if (wait := self._wait(session)) > 0:
            return ours.ToolResult(wording.too_many(_MOST, wait), failed=True)
        try:
            return ours.ToolResult(await self._done(session, call))
        except ValueError as error:
            return ours.ToolResult(wording.not_understood(str(error)), failed=True)
        except Refused as refused:
            return ours.ToolResult(wording.refusal(refused.reason), failed=True)
        except AntiphonError as error:
            return ours.ToolResult(f"{error} {error.hint}", failed=True)

    async def _done(self, session: SessionId, call: ours.ToolCall) -> str:
        one = ours.definition(call.name)
        if one is None:
            raise ValueError(call.name)
        caller = await self._caller(session)
        match ours.understood(one, call.given):
            case ours.SendInput(text=text, channel=channel):
                sent = await messages.send(self._actions, caller, channel, text, call.files, call.key)
                return wording.sent(sent.message)
            case ours.EditInput(message=message, text=text):
                await messages.edit(self._actions, caller, MessageId(int(message)), text)
                return wording.EDITED
            case ours.ReactInput(message=message, emoji=emoji, channel=channel):
                await messages.react(self._actions, caller, channel, MessageId(int(message)), emoji)
                return wording.REACTED
            case ours.ReadInput(limit=limit, before=before, channel=channel):
                older = MessageId(int(before)) if before else None
                return wording.read(await messages.read(self._actions, caller, channel, limit, older))
            case ours.StatusInput(text=text):
                shown = bool(text.strip()) and await self._show(caller, wording.status(text), call.key)
                return wording.where(await messages.reach(self._actions, caller), shown=shown)
            case _:
                raise ValueError(call.name)

    async def _show(self, caller: ClaudeSession, text: str, key: str) -> bool:
        """The turn's one status: the message is edited while it is there."""
        if (known := self._status.get(caller.session)) is not None:
            try:
                await messages.edit(self._actions, caller, known, text)
            except Refused as refused:
                if refused.reason is not Condition.NOT_SENT_BY_CLAUDE:
                    raise
            else:
                return True
        sent = await messages.send(self._actions, caller, "", text, (), key)
        self._status[caller.session] = sent.message
        return True

    async def _caller(self, session: SessionId) -> ClaudeSession:
        known = next((one for one in await self._actions.bus.sessions() if one.id == session), None)
        if known is None:
            raise Refused(Condition.NO_SESSION)
        return ClaudeSession(session, known.project)

    def _wait(self, session: SessionId) -> float:
        """Counts a call; seconds until the next one may come, 0 where it may now."""
        called, now = self._called.setdefault(session, deque(maxlen=_MOST)), self._clock()
        if len(called) == _MOST and now - called[0] < _WITHIN:
            return _WITHIN - (now - called[0])
        called.append(now)
        return 0.0
