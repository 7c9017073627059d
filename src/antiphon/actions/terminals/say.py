"""Saying something to a session from outside the chat: what a message in its place does, as far as the caller may.

Whoever says it answers nothing that Claude asks, and the words are words to Claude Code, whatever they look like.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from antiphon.actions.callers import Caller, ClaudeSession, Program, SessionScript, allowed, asker_of, name_of
from antiphon.actions.context import ActionContext, Found, find, open_projects, put
from antiphon.actions.places import Said
from antiphon.actions.prompts import retract
from antiphon.actions.reasons import Condition, Refused, SessionUnclear, TooManyPrompts
from antiphon.core.values import NOWHERE, MessageId, Prompt, Session, SessionId, Steer, turn_for
from antiphon.errors import StoreError

MOST_PROMPTS = 500  # that wait, of everybody's: then programs add none
_SHORTEST = 4  # letters of an id that name its session, where no other one's begins so


@dataclass(frozen=True, slots=True)
class Handed:
    """To which session the words go. `again`: they were said before under the same key; `shown`: a message in its place
    says them."""

    session: Session
    again: bool = False
    shown: bool = False


def matching(sessions: Iterable[Session], wanted: str) -> list[Session]:
    """The sessions that somebody may mean: by one of their ids, else by the whole title, else by how an id begins or by
    a part of the title. Upper and lower case are the same."""
    known, wanted = list(sessions), wanted.strip().casefold()
    if not wanted:
        return []

    def ids(one: Session) -> tuple[str, str]:
        return one.id.casefold(), one.claude.casefold()

    def has_part(one: Session) -> bool:
        begins = len(wanted) >= _SHORTEST and any(id_.startswith(wanted) for id_ in ids(one))
        return begins or wanted in one.title.casefold()

    by_id = [one for one in known if wanted in ids(one)]
    by_title = [one for one in known if one.title.strip().casefold() == wanted]
    return by_id or by_title or [one for one in known if has_part(one)]


async def say(context: ActionContext, caller: Caller, wanted: str, text: str, key: str) -> Handed:
    """Say something to the session that `wanted` names (see `matching`), once for each key; it is announced in the
    session's place. Raises Refused with SessionUnclear where that is not exactly one."""
    return await tell(context, caller, (await _meant(context, caller, wanted)).id, text, key)


async def tell(
    context: ActionContext, caller: Caller, at: SessionId, text: str, key: str, *, later: bool = False
) -> Handed:
    """The same to one session. `later`: when the turn at work is over, whatever its project does with messages."""
    found = await find(context, caller, at, "prompt")
    session, key = found.session, said_key(key)
    if not text.strip():
        raise Refused(Condition.EMPTY_PROMPT)
    if await context.bus.prompt(session.id, turn_for(key)) is not None:
        return Handed(session, again=True)
    if isinstance(caller, Program) and len(await context.bus.line()) >= MOST_PROMPTS:
        raise Refused(TooManyPrompts(MOST_PROMPTS))
    message = await _announce(context, caller, session, text)
    prompt = Prompt(turn_for(key), text, asker_of(caller), message, may_answer=False, command="none")
    try:
        new = await put(context, found, key, prompt if later else _as_a_message(found, caller, prompt))
    except StoreError:
        await retract(context, session, message)  # nobody may believe that Claude will read it
        raise
    if not new:
        await retract(context, session, message)
    return Handed(session, again=not new, shown=new and message is not None)


def said_key(key: str) -> str:
    """The key in the inbox of what is said under one."""
    return f"say:{key}"


async def _meant(context: ActionContext, caller: Caller, wanted: str) -> Session:
    """The only session that is meant: among those that the caller may prompt, else among all, to be refused there."""
    sessions = await context.bus.sessions()
    names = {one.name for one in open_projects(context, caller, "prompt")}
    mine = [one for one in sessions if one.project in names]
    found = matching(mine, wanted)
    if len(meant := found or matching(sessions, wanted)) == 1:
        return meant[0]
    raise Refused(SessionUnclear(wanted, bool(found), tuple(found or mine)))


def _as_a_message(found: Found, caller: Caller, prompt: Prompt) -> Prompt | Steer:
    """What the project does with words that come while Claude works; to stop a step for them is for who may stop."""
    working = found.project.while_working
    if working == "queue":
        return prompt
    return Steer(prompt, now=working == "interrupt" and allowed(found.project, caller, "stop"))


async def _announce(context: ActionContext, caller: Caller, session: Session, text: str) -> MessageId | None:
    if session.place == NOWHERE:
        return None
    source = None
    if isinstance(caller, ClaudeSession | SessionScript):
        source = next((one for one in await context.bus.sessions() if one.id == caller.session), None)
    said = Said(name_of(caller), text, source, by_program=isinstance(caller, Program))
    return await context.places.announce(session.place, said)
