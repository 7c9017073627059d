"""Messages that programs post, at once or later: to a project's channels, to threads below these, to its people.

One is durable when it was accepted; it is delivered by whoever shows things (chat/delivery/notices.py), as soon as
there is a way, and once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from antiphon.actions.callers import Caller, allowed, authorize, maker_of, name_of
from antiphon.actions.context import ActionContext, project_for, record
from antiphon.actions.reasons import Condition, NotATimeGiven, Refused, TooManyNotices
from antiphon.core.programs.notices import Notice, NoticeFile, NoticeId, StoredNotice
from antiphon.core.values import Group, PersonId, PlaceId, Project, turn_for

MOST_WAITING, MOST_LATER = 500, 10_000  # that wait for their turn, and for their time
_LISTED = 1000  # notices of one program, at most: each look reads them all
_FARTHEST = 10 * 366 * 86_400.0  # seconds ahead; who means more has mistyped


@dataclass(frozen=True, slots=True)
class WantedNotice:
    """What a program wants to be posted; fields as in core's Notice. `project`: "" for that of the place, or the first
    in which it may. `at`: when, in epoch seconds; None: now."""

    text: str
    project: str = ""
    place: PlaceId | None = None
    person: PersonId | None = None
    title: str = ""
    color: int | None = None
    link: str = ""
    plain: bool = False
    thread: str = ""
    file: NoticeFile | None = None
    at: float | None = None


async def notify(context: ActionContext, caller: Caller, wanted: WantedNotice, now: float, key: str) -> StoredNotice:
    """Have it posted; once for each key. Raises Refused where as many wait as may, or it may not go there."""
    id_ = NoticeId(turn_for(f"notice:{key}"))
    if not wanted.text.strip() and wanted.file is None:
        raise Refused(Condition.EMPTY_MESSAGE)
    project, place = await _where(context, caller, wanted)
    later = wanted.at is not None
    if wanted.at is not None and wanted.at > now + _FARTHEST:
        raise Refused(NotATimeGiven("That is more than ten years away."))
    notice = Notice(
        id_,
        project.name,
        name_of(caller),
        wanted.text,
        now if wanted.at is None else max(0.0, wanted.at),
        place,
        wanted.person,
        wanted.title,
        wanted.color,
        wanted.link,
        wanted.plain,
        wanted.thread,
        wanted.file,
        later,
        maker_of(caller),
    )
    most = MOST_LATER if later else MOST_WAITING
    match await context.bus.accept_notice(notice, most):
        case "full":
            raise Refused(TooManyNotices(most))
        case "known" if (known := await context.bus.notice(id_)) is not None:
            return known
        case _:
            return StoredNotice(notice, "waiting", now, now)


async def scheduled(context: ActionContext, caller: Caller) -> Sequence[StoredNotice]:
    """Those that wait, of the projects in which the caller may post; the next one first."""
    return await _listed(context, caller, waiting=True)


async def latest(context: ActionContext, caller: Caller) -> Sequence[StoredNotice]:
    """Those that wait no more, the latest first."""
    return await _listed(context, caller, waiting=False)


async def one(context: ActionContext, caller: Caller, id_: NoticeId) -> StoredNotice:
    """One that the caller may see, and nobody has taken back."""
    found = await context.bus.notice(id_)
    if found is None or found.state == "cancelled" or not _sees(context, caller, found):
        raise Refused(Condition.NO_SUCH_NOTICE)
    return found


async def cancel(context: ActionContext, caller: Caller, id_: NoticeId) -> StoredNotice:
    """Take back one that waits."""
    found = await one(context, caller, id_)
    if not await context.bus.cancel_notice(id_):
        raise Refused(Condition.NO_SUCH_NOTICE)
    await record(context, caller, "notice", None, {"cancelled": id_, "by": found.notice.by})
    return replace(found, state="cancelled")


async def _listed(context: ActionContext, caller: Caller, *, waiting: bool) -> Sequence[StoredNotice]:
    found = await context.bus.notices(maker_of(caller) or None, waiting=waiting, most=_LISTED)
    return [one for one in found if one.state != "cancelled" and _sees(context, caller, one)]


async def _where(context: ActionContext, caller: Caller, wanted: WantedNotice) -> tuple[Project, PlaceId | None]:
    """The project, and the place; None: it goes to a person."""
    if wanted.place is not None:
        return await _project_of(context, caller, wanted), wanted.place
    project = project_for(context, caller, wanted.project)
    if wanted.person is not None:
        if wanted.person not in _people(project):
            raise Refused(Condition.PERSON_OF_OTHERS)
        return project, None
    return project, min(project.channels)


async def _project_of(context: ActionContext, caller: Caller, wanted: WantedNotice) -> Project:
    """That of the place, in which the caller has to be allowed; the chat server is asked about threads that nobody
    knows."""
    assert wanted.place is not None
    found = context.projects.at(wanted.place)
    if found is None and (session := await context.bus.session(wanted.place)) is not None:
        found = context.projects.named(session.project)
    if found is None:
        channel = await context.places.channel_of(wanted.place)
        found = None if channel is None else context.projects.at(channel)
    if found is None or wanted.project not in ("", found.name):
        raise Refused(Condition.CHANNEL_OF_OTHERS)
    authorize(found, caller, "prompt")
    return found


def _people(project: Project) -> frozenset[PersonId]:
    """Whom the project names."""
    access = project.access
    groups: tuple[Group, ...] = (access.approvers or Group(), access.admins, project.mentionable)
    return access.people.union(*(group.people for group in groups))


def _sees(context: ActionContext, caller: Caller, found: StoredNotice) -> bool:
    project = context.projects.named(found.notice.project)
    if project is None or not allowed(project, caller, "prompt"):
        return False
    return maker_of(caller) in ("", found.notice.maker)
