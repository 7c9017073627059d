"""What sessions tell and ask each other: who works where, what is claimed, and that a held edit may be made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from antiphon.actions.callers import Caller, ClaudeSession, name_of
from antiphon.actions.context import ActionContext, Target, find, record, view_of
from antiphon.actions.places import WriteAllowed
from antiphon.actions.prompts import put_announced, worded
from antiphon.actions.reasons import Condition, Refused
from antiphon.core.blocks import HeldBlock
from antiphon.core.coordination.claims import CALLED, FILE, LONGEST_CLAIM, MOST_CLAIMS, Claim, LiveSession
from antiphon.core.values import NOWHERE, ToolUseId, TurnId

_MACHINE = "port:"
_LET = 900.0  # seconds for which a session may write over what others did, once somebody has let it


@dataclass(frozen=True, slots=True)
class Others:
    """The other live sessions of a project, the one last used first, and all claims of its sessions."""

    sessions: tuple[LiveSession, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a session has now, and what others have already."""

    given: tuple[str, ...]
    taken: tuple[Claim, ...] = ()


async def others(context: ActionContext, caller: ClaudeSession) -> Others:
    """Who else works on the caller's project."""
    await find(context, caller, caller.session, "prompt")
    live = [one for one in await context.bus.live() if one.session.project == caller.project]
    known = {one.session.id for one in live}
    claims = tuple(one for one in await context.bus.claims() if one.session in known)
    shown = (one for one in live if one.session.id != caller.session and not one.session.left_out)
    return Others(tuple(shown), claims)


async def claim(
    context: ActionContext, caller: ClaudeSession, resources: Sequence[str], until: float, note: str, now: float
) -> Claimed:
    """Give the caller's session resources until then (epoch seconds; a day at most), each that nobody else has."""
    found = await find(context, caller, caller.session, "prompt")
    if not resources:
        raise Refused(Condition.NOTHING_NAMED)
    mine = {one.resource for one in await context.bus.claims() if one.session == caller.session}
    named = dict.fromkeys(_called(one, caller.project) for one in resources)
    if len(mine | named.keys()) > MOST_CLAIMS:
        raise Refused(Condition.TOO_MANY_CLAIMS)
    known = {one.id for one in await context.bus.sessions() if one.project == caller.project}
    given: list[str] = []
    taken: list[Claim] = []
    for resource in named:
        wanted = Claim(resource, caller.session, "", NOWHERE, now, min(until, now + LONGEST_CLAIM), note[:CALLED])
        held = await context.bus.take_claim(wanted)
        if held is None:
            given.append(resource)
        else:
            taken.append(held if held.session in known else replace(held, title="", note="", place=NOWHERE))
    await record(context, caller, "claim", found.session, {"claimed": given, "taken": [one.resource for one in taken]})
    return Claimed(tuple(given), tuple(taken))


async def release(context: ActionContext, caller: ClaudeSession, resources: Sequence[str]) -> Sequence[str]:
    """Take claims of the caller's session back, all where none is named; those that it had."""
    found = await find(context, caller, caller.session, "prompt")
    named = [_called(one, caller.project) for one in resources] or None
    had = await context.bus.release_claims(caller.session, named)
    if had:
        await record(context, caller, "claim", found.session, {"released": list(had)})
    return had


async def let_write(
    context: ActionContext, caller: Caller, at: Target, turn: TurnId, call: ToolUseId, now: float
) -> str:
    """Let a session write the file of a held call, for a quarter of an hour, and tell its Claude; the file's name."""
    found = await find(context, caller, at, "answer")
    view = await view_of(context, found.session, turn)
    held = next((one for one in view.blocks if isinstance(one, HeldBlock) and one.id == call), None)
    if held is None:
        raise Refused(Condition.NO_SUCH_REQUEST)
    session, path = found.session, Path(held.path)
    await context.bus.let_write(session.id, path, now + _LET)
    key = f"let:{session.id}:{call}"
    said = WriteAllowed(name_of(caller), path.name)
    if await put_announced(context, caller, found, key, worded(allowed_text(path)), said, steers=True):
        await record(context, caller, "claim", session, {"let write": held.path, "call": call})
    return path.name


def allowed_text(path: Path) -> str:
    """What Claude is told."""
    return f"You may write {path} now, over what the other session did: make that change, keeping what you can of it."


def _called(resource: str, project: str) -> str:
    """A resource's name; of what is no file, case and spaces do not count. A port is the machine's, all else the
    project's."""
    if resource.startswith(FILE):
        return resource
    name = " ".join(resource.split()).casefold()[:CALLED]
    return name if name.startswith(_MACHINE) else f"{name} ({project})"
