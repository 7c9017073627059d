"""A session's turns, and going back to before one of them. Going back can be looked at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.actions.callers import Caller, name_of
from antiphon.actions.context import (
    MOST_TURNS,
    ActionContext,
    Found,
    Target,
    ask_worker,
    find,
    past_turn,
    record,
    view_of,
)
from antiphon.actions.places import RewindScope, Rewound
from antiphon.actions.reasons import Condition, Refused
from antiphon.core import requests
from antiphon.core.access import Action
from antiphon.core.records import PastTurn
from antiphon.core.requests import Rewind
from antiphon.core.values import MessageId, TurnId
from antiphon.core.view import TurnView


@dataclass(frozen=True, slots=True)
class Preview:
    """What going back to before a turn would do: to files, and to the conversation; or why it cannot."""

    turn: PastTurn
    files: requests.Rewound | Refused
    conversation: requests.Rewound | Refused


async def turns(context: ActionContext, caller: Caller, at: Target) -> Sequence[PastTurn]:
    """The session's turns, the newest first, for whoever may go back to one."""
    found = await find(context, caller, at, "configure")
    return await context.bus.turns(found.session.id, MOST_TURNS)


async def view(context: ActionContext, caller: Caller, at: Target, turn: TurnId, right: Action = "prompt") -> TurnView:
    """A turn of the session as far as it is known, for whoever has this right."""
    found = await find(context, caller, at, right, guests=True)
    return await view_of(context, found.session, turn)


async def preview_rewind(context: ActionContext, caller: Caller, at: Target, turn: TurnId | MessageId) -> Preview:
    """What going back to before a turn (or that of a message) would do. Changes nothing."""
    found = await find(context, caller, at, "configure")
    past = await past_turn(context, found.session, turn)
    await _require_rest(context, found)

    async def would(*, files: bool) -> requests.Rewound | Refused:
        try:
            request = Rewind(past.known_as, files, not files, dry=True)
            return await ask_worker(context, found.project, found.session, request)
        except Refused as refused:  # the other one may go back all the same
            return refused

    return Preview(past, await would(files=True), await would(files=False))


async def rewind(context: ActionContext, caller: Caller, at: Target, turn: TurnId, what: RewindScope) -> Rewound:
    """Go back to before a turn. A second time changes nothing more, or is refused: the turn is gone."""
    found = await find(context, caller, at, "configure")
    past = await past_turn(context, found.session, turn)
    await _require_rest(context, found)
    request = Rewind(past.known_as, what != "conversation", what != "files")
    changed = await ask_worker(context, found.project, found.session, request)
    if not changed.done:
        raise Refused(Condition.NOT_REWOUND)
    decision = {"turn": past.turn, "what": what, "files": list(changed.files)}
    await record(context, caller, "rewind", found.session, decision)
    if what != "files":
        await context.bus.drop_continuations((found.session.id,))
    done = Rewound(name_of(caller), past, what, changed)
    await context.places.announce(found.session.place, done)
    return done


async def _require_rest(context: ActionContext, found: Found) -> None:
    if await context.bus.running(found.session.id):
        raise Refused(Condition.AT_WORK)
