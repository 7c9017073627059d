"""Going on with a turn that ended too early, or starting again where Claude Code has lost the session.

Each leads to one new turn, however often it is asked for, and only for the session's last one: what came after would
be answered out of its place.
"""

from dataclasses import dataclass

from antiphon.actions.callers import Caller, name_of
from antiphon.actions.context import ActionContext, Found, Target, ask_worker, find, record, view_of
from antiphon.actions.places import Announcement, Continued, RunAgain, StartedAgain, TakenOver
from antiphon.actions.prompts import put_announced, worded
from antiphon.actions.reasons import Condition, Refused
from antiphon.actions.summary import summary
from antiphon.core.permission_requests import was_heard
from antiphon.core.records import PastTurn
from antiphon.core.requests import SwitchConversation, TakeOver
from antiphon.core.schedules.values import CONTINUES
from antiphon.core.stored_turn import assemble
from antiphon.core.values import Attachments, Prompt, TurnId, claude_session_for
from antiphon.core.view import TurnView

_TURNS = 30  # of a session that go into a summary, at most
GO_ON = "Go on where you stopped."


async def continue_turn(context: ActionContext, caller: Caller, at: Target, turn: TurnId) -> None:
    """Go on with the turn; with its own prompt where Claude has not heard it."""
    found = await find(context, caller, at, "prompt")
    view = await last_turn(context, found, turn)
    if view.end is not None and view.end.reason in ("done", "lost"):
        raise Refused(Condition.NOTHING_TO_CONTINUE)
    prompt = None if was_heard(view) else await context.bus.prompt(found.session.id, turn)
    begun = _New(f"{CONTINUES}{turn}", prompt or worded(GO_ON), Continued(name_of(caller)))
    await _begin(context, caller, found, begun)


async def run_again(context: ActionContext, caller: Caller, at: Target, turn: TurnId) -> None:
    """Send the turn's prompt once more, with what came with it: Claude sees that it was sent before."""
    found = await find(context, caller, at, "prompt")
    view = await last_turn(context, found, turn)
    prompt = await context.bus.prompt(found.session.id, turn)
    if view.end is None or view.end.reason in ("done", "lost") or prompt is None:
        raise Refused(Condition.NOTHING_TO_RUN_AGAIN)
    await _begin(context, caller, found, _New(f"{CONTINUES}{turn}", prompt, RunAgain(name_of(caller))))


async def start_again(context: ActionContext, caller: Caller, at: Target, turn: TurnId) -> None:
    """Start again with a summary of what the session's place holds."""
    found = await find(context, caller, at, "prompt")
    session = found.session
    view = await last_turn(context, found, turn)
    if view.end is not None and view.end.reason != "lost":
        raise Refused(Condition.SESSION_NOT_LOST)
    turns = [one for one in await context.bus.turns(session.id, _TURNS) if one.turn != turn]
    lost = await context.bus.prompt(session.id, turn)
    past = [(one.words, await _past(context, found, one)) for one in turns]
    text = summary(past, lost.text if lost else "")
    switch = SwitchConversation(claude_session_for(f"again:{turn}"))
    reply = await ask_worker(context, found.project, session, switch)
    await record(context, caller, "reset", session, {"was": reply.was, "turn": turn})
    prompt = worded(text, lost.attachments if lost else Attachments())
    await _begin(context, caller, found, _New(f"again:{turn}", prompt, StartedAgain(name_of(caller))))


async def take_over(context: ActionContext, caller: Caller, at: Target) -> None:
    """Host a session that was open in a terminal: what waits for it runs, and what is said next."""
    found = await find(context, caller, at, "configure")
    if found.session.terminal is None:
        raise Refused(Condition.HOSTED_ALREADY)
    await ask_worker(context, found.project, found.session, TakeOver())
    await record(context, caller, "change", found.session, {"here": found.session.claude})
    await context.places.announce(found.session.place, TakenOver(name_of(caller)))


@dataclass(frozen=True, slots=True)
class _New:
    """A turn that is to begin, under the key that makes it happen once, and how its place is told."""

    key: str
    prompt: Prompt
    announcement: Announcement


async def last_turn(context: ActionContext, found: Found, turn: TurnId) -> TurnView:
    """The turn. Raises Refused unless it is over, and the session's last one or to go on by itself: then only what
    Claude has begun by itself is newer."""
    view = await view_of(context, found.session, turn)
    if view.end is None:
        raise Refused(Condition.TURN_NOT_OVER)
    last = await context.bus.turns(found.session.id, 1)
    planned = view.continuation is not None and view.continuation.state == "planned"
    if last and last[0].turn != turn and not planned:
        raise Refused(Condition.NEWER_TURN)
    return view


async def _past(context: ActionContext, found: Found, turn: PastTurn) -> TurnView:
    story = await context.bus.story(found.session.id, turn.turn)
    return assemble(story) if story is not None else TurnView(turn.turn, turn.prompt, turn.started)


async def _begin(context: ActionContext, caller: Caller, found: Found, new: _New) -> None:
    """Begin a turn for the caller, and announce it in the session's place."""
    if not await put_announced(context, caller, found, new.key, new.prompt, new.announcement):
        raise Refused(Condition.CONTINUED_ALREADY)
