"""Prompts that are no messages: a queued one, a skill, Claude Code's own commands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from antiphon.actions.callers import Caller, allowed, asker_of, audit_entry, authorize, name_of, person_of
from antiphon.actions.context import ActionContext, Found, InPlace, Target, ask_worker, find, find_or_begin, put
from antiphon.actions.places import Announcement, AskedAside, Thread
from antiphon.actions.reasons import BudgetUsedUp, Condition, NoSuchSkill, Refused
from antiphon.core.budgets import exhausted
from antiphon.core.records import Audit
from antiphon.core.requests import AskAside, ListSkills, SideAnswer, Skill
from antiphon.core.values import (
    Asker,
    Attachments,
    Command,
    MessageId,
    Project,
    Prompt,
    Session,
    Steer,
    TurnId,
    turn_for,
)
from antiphon.errors import StoreError

_ASIDE = 200.0  # seconds for the answer to a side question


@dataclass(frozen=True, slots=True)
class Text:
    """What Claude is told. `message`: where it is shown in its place, which gets the turn's marks; None: nowhere.
    `announced`: that is a message of ours, which says no more than this."""

    text: str
    message: MessageId | None = None
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A prompt that was handed over. `waits`: until the turn at work is over."""

    text: str
    waits: bool


async def queue(context: ActionContext, caller: Caller, at: Target, prompt: Text, key: str) -> None:
    """Give a session a prompt that runs once the turn at work is over, whatever the project does with a message
    meanwhile. It may answer what Claude asks, if the caller may."""
    found = await find_or_begin(context, caller, at, "prompt", guests=True)
    may_answer = allowed(found.project, caller, "answer")
    await put(context, found, key, _prompt(caller, prompt, key, may_answer=may_answer))


async def compact(context: ActionContext, caller: Caller, at: Target, prompt: Text, key: str) -> Sent:
    """Let Claude sum up the conversation; the prompt says what the summary must keep."""
    found = await find(context, caller, at, "configure")
    command = Text(f"/compact {prompt.text}".strip(), prompt.message)
    return await _send(context, caller, found, command, key, "claude")


async def clear(context: ActionContext, caller: Caller, at: Target, message: MessageId | None, key: str) -> Sent:
    """Let Claude forget the conversation. `message` as in Text."""
    found = await find(context, caller, at, "configure")
    audit = audit_entry(caller, "reset", found.session, {"how": "clear", "was": found.session.claude})
    return await _send(context, caller, found, Text("/clear", message), key, "claude", audit)


async def skills(context: ActionContext, caller: Caller, project: Project) -> Sequence[Skill]:
    """The project's skills and commands."""
    authorize(project, caller, "prompt")
    return (await ask_worker(context, project, None, ListSkills())).skills


async def run_skill(context: ActionContext, caller: Caller, at: Target, name: str, arguments: Text, key: str) -> Sent:
    """Let Claude use a skill or a command of the project. Raises Refused where there is none of this name."""
    found = await find_or_begin(context, caller, at, "prompt", guests=True)
    wanted = name.strip().removeprefix("/")
    known = await skills(context, caller, found.project)
    if wanted not in {one.name for one in known}:  # Claude would take the slash as mere text
        raise Refused(NoSuchSkill(wanted))
    call = Text(f"/{wanted} {arguments.text}".strip(), arguments.message)
    return await _send(context, caller, found, call, key, "skill")


async def ask_aside(context: ActionContext, caller: Caller, at: Target, text: str, key: str) -> SideAnswer:
    """Ask a copy of a session's conversation, while the session goes on and knows nothing of it. What it costs counts
    in the budgets; where one is used up it is refused."""
    found = await find(context, caller, at, "prompt", guests=True)
    if not text.strip():
        raise Refused(Condition.EMPTY_PROMPT)
    person, session = person_of(caller), found.session
    spent = await context.bus.spent(session.id, person)
    if (used_up := exhausted(found.project.budgets, spent)) is not None:
        raise Refused(BudgetUsedUp(used_up.words))
    wanted = AskAside(session.claude, text, session.choices.model)
    answer = await ask_worker(context, found.project, session, wanted, _ASIDE)
    await context.bus.charge(session.id, person, answer.cost, f"aside:{key}")
    return answer


async def open_aside(context: ActionContext, caller: Caller, at: InPlace, question: str, key: str) -> Thread:
    """A thread of its own for the answer to a side question, near the session's place. Not for guests: they are in one
    session. Raises Refused when there is no channel for it, or no thread may be opened."""
    found = await find(context, caller, at, "prompt")
    opening = AskedAside(name_of(caller), question)
    return await context.places.open_thread(found.project, at.parent or at.place, opening, question, f"aside:{key}")


async def put_announced(
    context: ActionContext,
    caller: Caller,
    found: Found,
    key: str,
    prompt: Prompt,
    announcement: Announcement,
    *,
    steers: bool = False,
) -> bool:
    """Give a session a prompt of the caller's that its place is told of; the prompt's marks stand on that message.
    `steers`: a turn at work takes it in. False: the key was there already; then nothing is told."""
    message = await context.places.announce(found.session.place, announcement)
    may_answer = allowed(found.project, caller, "answer")
    said = replace(prompt, turn=turn_for(key), asker=asker_of(caller), message=message, may_answer=may_answer)
    try:
        new = await put(context, found, key, Steer(said) if steers else said)
    except StoreError:
        await retract(context, found.session, message)  # nobody may believe that it goes on
        raise
    if not new:
        await retract(context, found.session, message)
    return new


async def retract(context: ActionContext, session: Session, message: MessageId | None) -> None:
    """Take back what a session's place was told, if it was."""
    if message is not None:
        await context.places.retract(session.place, message)


def worded(text: str, attachments: Attachments | None = None) -> Prompt:
    """A prompt for `put_announced`."""
    return Prompt(TurnId(""), text, Asker(""), None, attachments=attachments or Attachments())


async def _send(
    context: ActionContext,
    caller: Caller,
    found: Found,
    prompt: Text,
    key: str,
    command: Command,
    audit: Audit | None = None,
) -> Sent:
    """It never answers what Claude asks: a command is no answer."""
    waits = await context.bus.running(found.session.id)
    said = replace(_prompt(caller, prompt, key, may_answer=False), command=command)
    await put(context, found, key, said, audit)
    return Sent(prompt.text, waits)


def _prompt(caller: Caller, prompt: Text, key: str, *, may_answer: bool) -> Prompt:
    return Prompt(
        turn_for(key),
        prompt.text,
        asker_of(caller),
        prompt.message,
        may_answer=may_answer,
        announced=prompt.announced,
    )
