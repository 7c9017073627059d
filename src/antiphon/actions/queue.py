"""Prompts that wait: those in a session's queue, or held, by the number of their inbox entry, those that were handed to
a turn at work by the id of their own turn.

Each change counts once: whoever comes too late is refused, for the prompt waits no more.
"""

from dataclasses import replace

from antiphon.actions.callers import Caller, allowed, name_of, person_of
from antiphon.actions.context import ActionContext, Found, Target, ask_worker, find, record
from antiphon.actions.places import QueuedText
from antiphon.actions.reasons import Condition, NotYours, Refused
from antiphon.core.records import QueuedPrompt, Withdrawal
from antiphon.core.requests import InterruptFor
from antiphon.core.values import TurnId, typed_command


async def waiting(context: ActionContext, caller: Caller, at: Target, n: int) -> QueuedPrompt:
    """The prompt that waits, or is held. Raises Refused when it does not wait (any more)."""
    return await _waiting(context, await find(context, caller, at, "prompt", guests=True), n)


async def editable(context: ActionContext, caller: Caller, at: Target, n: int) -> QueuedPrompt:
    """The same, for whoever wants to change its text. Raises Refused for anybody but its author and admins."""
    found = await find(context, caller, at, "prompt", guests=True)
    return _own(found, caller, await _waiting(context, found, n))


async def edit(context: ActionContext, caller: Caller, at: Target, n: int, text: str) -> None:
    """Change the text of a prompt that waits."""
    found = await find(context, caller, at, "prompt", guests=True)
    one = _own(found, caller, await _waiting(context, found, n))
    if not (text or one.prompt.attachments.files):
        raise Refused(Condition.EMPTY_PROMPT)
    prompt = one.prompt
    new = replace(prompt, text=text, command=typed_command(text), revised=not prompt.announced)
    done = await context.bus.revise(one.key, new)
    await _changed(context, caller, found, done, {"edited": one.key, "words": text})
    if prompt.announced and prompt.message is not None:
        await context.places.reword(found.session.place, prompt.message, QueuedText(text))


async def remove(context: ActionContext, caller: Caller, at: Target, n: int) -> None:
    """Take a prompt out of the queue."""
    found = await find(context, caller, at, "prompt")
    one = await _waiting(context, found, n)
    done = await context.bus.withdraw(one.key, Withdrawal("removed", name_of(caller)))
    await _changed(context, caller, found, done, {"remove": one.key, "words": one.prompt.text})


async def release(context: ActionContext, caller: Caller, at: Target, n: int) -> None:
    """Put a prompt that is held into the queue."""
    found = await find(context, caller, at, "prompt")
    one = await _waiting(context, found, n)
    done = await context.bus.release(one.key)
    await _changed(context, caller, found, done, {"run": one.key, "words": one.prompt.text})


async def interrupt_for(context: ActionContext, caller: Caller, at: Target, n: int) -> None:
    """Let the turn at work stop what it does for a prompt of the queue."""
    found = await find(context, caller, at, "stop", guests=True)
    one = await _waiting(context, found, n)
    done = await context.bus.promote(one.key)
    await _changed(context, caller, found, done, {"now": one.key, "words": one.prompt.text})


async def interrupt_for_steered(context: ActionContext, caller: Caller, at: Target, prompt: TurnId) -> None:
    """Stop the running step for a prompt that was handed to the turn at work and waits for its next one."""
    found = await find(context, caller, at, "stop", guests=True)
    session = found.session
    stopped = False
    if await context.bus.running(session.id):
        stopped = (await ask_worker(context, found.project, session, InterruptFor(prompt))).stopped
    if not stopped:
        raise Refused(Condition.NOT_PENDING)
    await record(context, caller, "change", session, {"now": prompt})


async def _waiting(context: ActionContext, found: Found, n: int) -> QueuedPrompt:
    line = await context.bus.line(found.session.id, held=True)
    one = next((one for one in line if one.n == n), None)
    if one is None:
        raise Refused(Condition.NOT_QUEUED)
    return one


def _own(found: Found, caller: Caller, one: QueuedPrompt) -> QueuedPrompt:
    """Raises Refused for whoever would put words into somebody else's mouth."""
    asker = one.prompt.asker
    if (asker.id is None or asker.id != person_of(caller)) and not allowed(found.project, caller, "administer"):
        raise Refused(NotYours(asker.name))
    return one


async def _changed(context: ActionContext, caller: Caller, found: Found, done: bool, what: dict[str, str]) -> None:
    if not done:
        raise Refused(Condition.NOT_QUEUED)
    await record(context, caller, "change", found.session, what)
