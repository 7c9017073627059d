"""Inviting somebody into one session, and taking that back. For whoever may prompt there, being no guest."""

from dataclasses import dataclass

from antiphon.actions.callers import Member, audit_entry, authorize
from antiphon.actions.context import ActionContext, Found, InPlace, find
from antiphon.actions.places import GuestInvited, GuestUninvited
from antiphon.actions.reasons import Condition, InvitedAlready, MayAnyway, NotInvited, Refused
from antiphon.core.access import may
from antiphon.core.values import Guest, Person, PersonId, Project


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is to be invited. `answers`: they are to answer Claude's requests as well."""

    person: Person
    is_bot: bool = False
    answers: bool = False


async def invite(context: ActionContext, caller: Member, at: InPlace, who: Invitee) -> None:
    """Let somebody prompt and stop in the session of a place, and answer there if `who.answers` (which only those can
    give who may answer). The place is told. Raises Refused, also where they may do that already."""
    found = await find(context, caller, at, "prompt")
    _require_right(found, caller, who)
    guest = Guest(who.person.id, who.person.name, caller.person.name, who.answers)
    what = {"invited": guest.name, "person": guest.person, "answers": guest.answers}
    if not await context.bus.invite(at.place, guest, audit_entry(caller, "guest", found.session, what)):
        raise Refused(InvitedAlready(guest.name))
    await context.places.announce(at.place, GuestInvited(caller.person.name, guest))


async def uninvite(context: ActionContext, caller: Member, at: InPlace, person: PersonId, name: str) -> None:
    """Take an invitation back; what they have written before stays. Raises Refused where there is none."""
    found = await find(context, caller, at, "prompt")
    audit = audit_entry(caller, "guest", found.session, {"uninvited": name, "person": person})
    if not await context.bus.uninvite(at.place, person, audit):
        raise Refused(NotInvited(name))
    await context.places.announce(at.place, GuestUninvited(caller.person.name, name))


def _require_right(found: Found, caller: Member, who: Invitee) -> None:
    if who.answers:
        authorize(found.project, caller, "answer")
    if who.is_bot:
        raise Refused(Condition.BOT_NOT_INVITED)
    if _may_anyway(found.project, who):
        raise Refused(MayAnyway(who.person.name))


def _may_anyway(project: Project, who: Invitee) -> bool:
    wanted = ("prompt", "stop", "answer") if who.answers else ("prompt", "stop")
    return all(may(project.access, who.person, action) for action in wanted)
