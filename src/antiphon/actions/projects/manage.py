"""Adding, changing and removing projects while the bridge runs: for whoever may administer every project, for a new one
opens a directory of the machine."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from antiphon.actions.callers import Caller, Member, allowed, audit_entry, name_of
from antiphon.actions.context import ActionContext
from antiphon.actions.projects.catalogue import Catalogue
from antiphon.actions.reasons import (
    Condition,
    NoSuchProject,
    ProjectChangedMeanwhile,
    ProjectExists,
    ProjectOfFile,
    ProjectUnusable,
    Refused,
)
from antiphon.core.projects import AddedProject
from antiphon.core.values import PersonId, PlaceId, RoleId

MOST_PROJECTS = 100  # that were added: each is looked at for every message
LONGEST_NAME = 40  # characters
_NAME = re.compile(rf"[A-Za-z0-9][\w.-]{{0,{LONGEST_NAME - 1}}}", re.ASCII)
BAD_NAME = f"name: letters, digits, “.”, “_” and “-”, at most {LONGEST_NAME} of them, the first a letter or a digit"
NOT_FULL = "directory: give the full path, from “/” or “~” on"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of a project; None: nothing."""

    directory: str | None = None
    channels: frozenset[PlaceId] | None = None
    people: frozenset[PersonId] | None = None
    roles: frozenset[RoleId] | None = None
    model: str | None = None
    permission_mode: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A project. `version` None: it stands in the file; `left_out`: why it is not in use, "" where it is."""

    name: str
    directory: str
    channels: tuple[PlaceId, ...]
    version: int | None = None
    by: str = ""
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A project as it is from now on. `remarks`: what is to be known of its directory, for people."""

    name: str
    settings: Mapping[str, Any]
    remarks: Sequence[str] = field(default=())


def may_manage(context: ActionContext, caller: Caller) -> bool:
    """Whether the caller may do everything in every project."""
    return bool(context.projects.all) and all(allowed(one, caller, "administer") for one in context.projects.all)


def listed(context: ActionContext, caller: Caller) -> list[Listed]:
    """All projects: those of the file first. Raises Refused."""
    known = _catalogue(context, caller)
    used = {one.name: one for one in context.projects.all}
    found = [Listed(name, str(used[name].directory), tuple(sorted(used[name].channels))) for name in known.of_file]
    for one in known.added:
        channels = tuple(PlaceId(id_) for id_ in one.settings.get("channels", ()))
        out = known.left_out.get(one.name, "")
        found.append(Listed(one.name, str(one.settings.get("directory", "")), channels, one.version, one.by, out))
    return found


async def add(context: ActionContext, caller: Caller, name: str, wanted: Wanted) -> Kept:
    """A new project. Whoever may administer all others may administer it too. Raises Refused."""
    known = _catalogue(context, caller)
    name = name.strip()
    problems = [*([] if _NAME.fullmatch(name) else [BAD_NAME]), *_problems(wanted)]
    if problems:
        raise Refused(ProjectUnusable(tuple(problems)))
    if name in known.of_file or any(one.name == name for one in known.added):
        raise Refused(ProjectExists(name))
    if len(known.added) >= MOST_PROJECTS:
        raise Refused(ProjectUnusable((f"there are {MOST_PROJECTS} already",)))
    settings = {**_settings(wanted), "admins": _admins_of_all(context, caller)}
    return await _put(context, caller, known, AddedProject(name, settings, 1, name_of(caller)))


async def change(context: ActionContext, caller: Caller, name: str, wanted: Wanted, version: int | None = None) -> Kept:
    """Change one that was added; what is not said of it stays. `version`: which one the caller has seen; None: it does
    not matter. Its directory stays, for its sessions lie there. Raises Refused."""
    known = _catalogue(context, caller)
    before = _added(known, name)
    if version is not None and version != before.version:
        raise Refused(ProjectChangedMeanwhile(name, before.by))
    if problems := tuple(_problems(wanted)):
        raise Refused(ProjectUnusable(problems))
    settings = {**before.settings, **_settings(wanted)}
    return await _put(context, caller, known, AddedProject(name, settings, before.version + 1, name_of(caller)))


async def remove(context: ActionContext, caller: Caller, name: str) -> None:
    """Have one that was added no more: turns at work in it end, its sessions stay for when it is added again. Raises
    Refused."""
    known = _catalogue(context, caller)
    one = _added(known, name)
    await context.bus.note(audit_entry(caller, "project", None, {"what": "removed", "name": one.name}))
    await known.drop(one.name)


def find(context: ActionContext, caller: Caller, name: str) -> AddedProject:
    """One that was added, to be changed. Raises Refused."""
    return _added(_catalogue(context, caller), name)


async def _put(context: ActionContext, caller: Caller, known: Catalogue, one: AddedProject) -> Kept:
    remarks = await known.put(one)
    what = {"what": "added" if one.version == 1 else "changed", "name": one.name, "settings": dict(one.settings)}
    await context.bus.note(audit_entry(caller, "project", None, what))
    return Kept(one.name, one.settings, remarks)


def _catalogue(context: ActionContext, caller: Caller) -> Catalogue:
    if not may_manage(context, caller):
        raise Refused(Condition.NOT_OF_ALL)
    assert context.catalogue is not None
    return context.catalogue


def _admins_of_all(context: ActionContext, caller: Caller) -> dict[str, list[int]]:
    """Who may administer every project that there is; the caller among them, who may here by one right, there by
    another."""
    groups = [one.access.admins for one in context.projects.all]
    people = frozenset[PersonId].intersection(*(one.people for one in groups))
    roles = frozenset[RoleId].intersection(*(one.roles for one in groups))
    if isinstance(caller, Member) and not caller.person.owns_application and not roles & caller.person.roles:
        people |= {caller.person.id}
    return {"people": sorted(map(int, people)), "roles": sorted(map(int, roles))}


def _added(known: Catalogue, name: str) -> AddedProject:
    if (found := next((one for one in known.added if one.name == name), None)) is not None:
        return found
    raise Refused(ProjectOfFile(name) if name in known.of_file else NoSuchProject(name))


def _problems(wanted: Wanted) -> Iterator[str]:
    if wanted.directory is not None and not (Path(wanted.directory).is_absolute() or wanted.directory.startswith("~")):
        yield NOT_FULL


def _settings(wanted: Wanted) -> dict[str, Any]:
    """As the section in the file would have them."""
    lists = {"channels": wanted.channels, "people": wanted.people, "roles": wanted.roles}
    words = {"directory": wanted.directory, "model": wanted.model, "permission_mode": wanted.permission_mode}
    found: dict[str, Any] = {name: sorted(map(int, ids)) for name, ids in lists.items() if ids is not None}
    return found | {name: value for name, value in words.items() if value is not None}
