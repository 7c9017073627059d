"""The calls of Claude's own tools: what it gives to an action, and the result, or why there is none, to words."""

from antiphon.actions import messages
from antiphon.actions.callers import ClaudeSession
from antiphon.actions.context import ActionContext
from antiphon.actions.coordination import claims, events
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.schedules import manage
from antiphon.actions.terminals.say import say
from antiphon.core.ports import Clock
from antiphon.core.schedules.values import ScheduleId
from antiphon.core.values import MessageId, Session, SessionId
from antiphon.errors import AntiphonError
from antiphon.tools import definitions as ours
from antiphon.tools import wording


class DiscordTools:
    """Implements ours.Tools."""

    def __init__(self, actions: ActionContext, clock: Clock) -> None:
        self._actions = actions
        self._clock = clock
        self._status: dict[SessionId, MessageId] = {}  # of the turns that run

    def turn_over(self, session: Session) -> None:
        """Its next status is a message of its own."""
        self._status.pop(session.id, None)

    async def call(self, session: Session, call: ours.ToolCall) -> ours.ToolResult:
        """See ours.Tools."""
        try:
            return ours.ToolResult(await self._done(ClaudeSession(session.id, session.project), call))
        except Refused as refused:
            return ours.ToolResult(wording.refusal(refused.reason), failed=True)
        except AntiphonError as error:
            return ours.ToolResult(f"{error} {error.hint}", failed=True)

    async def _done(self, caller: ClaudeSession, call: ours.ToolCall) -> str:
        match call.given:
            case ours.SendInput(text=text, channel=channel):
                return wording.sent(await messages.send(self._actions, caller, channel, text, call.files, call.key))
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
                shown = bool(text.strip())
                if shown:
                    await self._show(caller, wording.status(text), call.key)
                return wording.where(await messages.reach(self._actions, caller), shown=shown)
            case ours.ScheduleCreateInput() | ours.ScheduleListInput():
                return await self._schedule(caller, call)
            case ours.PostEventInput(text=text):
                await events.post(self._actions, caller, "", text, call.key)
                return wording.POSTED
            case ours.ReadEventsInput(after=after, limit=limit):
                return wording.events(await events.read(self._actions, caller, "", after, limit))
            case ours.SessionsInput() | ours.ClaimInput() | ours.ReleaseInput() | ours.MessageSessionInput():
                return await self._coordinate(caller, call)
            case ours.ScheduleUpdateInput() | ours.ScheduleDeleteInput():
                return await self._change_schedule(caller, call.given)
            case _:  # asked and copied by whoever hosts the session
                raise AssertionError(call.given)

    async def _coordinate(self, caller: ClaudeSession, call: ours.ToolCall) -> str:
        now = self._clock()
        match call.given:
            case ours.ClaimInput(resources=resources, minutes=minutes, note=note):
                done = await claims.claim(self._actions, caller, resources, now + 60 * minutes, note, now)
                return wording.claimed(done)
            case ours.ReleaseInput(resources=resources):
                return wording.released(await claims.release(self._actions, caller, resources))
            case ours.MessageSessionInput(session=session, text=text):
                return wording.messaged(await say(self._actions, caller, session, text, call.key))
            case _:
                return wording.others(await claims.others(self._actions, caller), now)

    async def _schedule(self, caller: ClaudeSession, call: ours.ToolCall) -> str:
        match call.given:
            case ours.ScheduleCreateInput(when=when, prompt=prompt, name=name, zone=zone):
                wanted = manage.Wanted(name or None, when, prompt, zone or None)
                made = await manage.create(self._actions, caller, caller.session, wanted, self._clock(), call.key)
                return wording.scheduled(made)
            case _:
                return wording.schedules(await manage.listed(self._actions, caller))

    async def _change_schedule(
        self, caller: ClaudeSession, given: ours.ScheduleUpdateInput | ours.ScheduleDeleteInput
    ) -> str:
        id_, now = ScheduleId(given.schedule), self._clock()
        if isinstance(given, ours.ScheduleDeleteInput):
            await manage.remove(self._actions, caller, id_)
            return wording.REMOVED
        wanted = manage.Wanted(given.name, given.when, given.prompt, given.zone or None)
        found = await manage.change(self._actions, caller, id_, wanted, now)
        if given.paused is not None:
            switch = manage.pause if given.paused else manage.resume
            found = await switch(self._actions, caller, id_, now)
        return wording.scheduled(found)

    async def _show(self, caller: ClaudeSession, text: str, key: str) -> None:
        """The turn's one status: the message is edited while it is there."""
        if (known := self._status.get(caller.session)) is not None:
            try:
                return await messages.edit(self._actions, caller, known, text)
            except Refused as refused:
                if refused.reason is not Condition.NOT_SENT_BY_CLAUDE:
                    raise
        self._status[caller.session] = await messages.send(self._actions, caller, "", text, (), key)
        return None
