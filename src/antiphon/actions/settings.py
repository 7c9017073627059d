"""How Claude works in a session from now on: its model, its permission mode, its effort."""

from dataclasses import dataclass

from antiphon.actions.callers import Caller, authorize
from antiphon.actions.context import (
    ActionContext,
    Found,
    InPlace,
    Target,
    ask_worker,
    find,
    find_or_begin,
    project_named,
    record,
    require,
)
from antiphon.actions.reasons import Condition, Refused
from antiphon.core import requests
from antiphon.core.access import asks_less
from antiphon.core.requests import ChoiceName
from antiphon.core.values import MessageId, PlaceId, Project, mode_named


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds from now on, "" for the usual; `at_once` False: from the next turn."""

    name: ChoiceName
    value: str
    at_once: bool


async def current(context: ActionContext, caller: Caller, at: Target) -> Found:
    """The session with its choices, and its project with the usual ones."""
    return await find(context, caller, at, "prompt")


def require_choice(context: ActionContext, caller: Caller, at: InPlace, name: ChoiceName, value: str) -> None:
    """Raises Refused unless the caller may choose this in the place. Waits for nothing."""
    _require(require(context, caller, at, "configure"), caller, name, value)


async def choose(context: ActionContext, caller: Caller, at: Target, name: ChoiceName, value: str) -> Chosen:
    """Choose `value`, "" for the usual. Twice is the same as once."""
    found = await find_or_begin(context, caller, at, "configure")
    value = mode_named(value) if name == "mode" else value
    _require(found.project, caller, name, value)
    reply = await ask_worker(context, found.project, found.session, requests.Choose({name: value}))
    await record(context, caller, "choose", found.session, {name: value or None})
    return Chosen(name, value, reply.at_once)


async def choose_project(
    context: ActionContext, caller: Caller, place: PlaceId | None, name: str, after: MessageId
) -> Project:
    """Keep that the direct messages in a place are about a project, those after that message included; whoever accepts
    messages is still to know it (Projects.direct). `place` None: it is none for direct messages. Raises Refused."""
    project = project_named(context, caller, name, "prompt")
    if place is None:
        raise Refused(Condition.ONLY_DIRECTLY)
    await context.bus.choose_project(place, project.name, after)
    return project


def _require(project: Project, caller: Caller, name: ChoiceName, value: str) -> None:
    if name == "mode" and asks_less(mode_named(value), project.claude.permission_mode):
        authorize(project, caller, "answer")
    if name == "mode" and value == "bypassPermissions" and not project.claude.allow_bypass:
        raise Refused(Condition.BYPASS_NOT_ALLOWED)
