"""Projects as admins see them: the list, one that was added or changed, and what removing one means. Pure."""

from collections.abc import Sequence

from antiphon.actions.projects.manage import Kept, Listed
from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import OnProject, button
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.replies import MOST
from antiphon.chat.render.text.escape import escaped, inline_code
from antiphon.chat.render.text.splitter import fitting
from antiphon.core.projects import AddedProject
from antiphon.core.values import PlaceId

_NAME, _PATH, _WHY = 60, 200, 300  # characters
_CHANNELS = 5  # that are named


def projects_spec(found: Sequence[Listed]) -> MessageSpec:
    """All of them."""
    lines = [line for one in found for line in _listed(one)]
    return MessageSpec("projects", "\n".join(fitting([*lines, wording.FILE_PROJECTS], MOST)))


def project_spec(kept: Kept, note: str) -> MessageSpec:
    """One, as it is from now on. `note`: what was just done."""
    settings = kept.settings
    people = [f"<@{one}>" for one in settings.get("people", ())] + [f"<@&{one}>" for one in settings.get("roles", ())]
    lines = [
        note.format(name=escaped(kept.name, _NAME)),
        _where(str(settings["directory"]), tuple(map(PlaceId, settings["channels"]))),
        wording.PROJECT_OPEN_TO.format(people=", ".join(people)) if people else wording.PROJECT_OF_OWNER,
        *(f"⚠️ {escaped(remark, _WHY)}" for remark in kept.remarks),
    ]
    return MessageSpec("project", "\n".join(fitting(lines, MOST)))


def removal_spec(one: AddedProject) -> MessageSpec:
    """What removing one means, with the button that does it."""
    text = wording.REMOVE_PROJECT.format(name=escaped(one.name, _NAME))
    remove = button(OnProject("removed", one.name, one.version), wording.REMOVE, "danger")
    return MessageSpec("project", text, buttons=remove)


def _listed(one: Listed) -> list[str]:
    if one.version is None:
        by = wording.SET_IN_CONFIGURATION
    else:
        by = wording.MADE_BY.format(name=escaped(one.by, _NAME)) if one.by else ""
    lines = [f"**{escaped(one.name, _NAME)}** {_where(one.directory, one.channels)}", *([f"-# {by}"] if by else [])]
    return [*lines, *([f"⚠️ {wording.NOT_IN_USE.format(why=escaped(one.left_out, _WHY))}"] if one.left_out else [])]


def _where(directory: str, channels: Sequence[PlaceId]) -> str:
    shown = [f"<#{one}>" for one in channels[:_CHANNELS]]
    more = ["…"] if len(channels) > _CHANNELS else []
    return f"{inline_code(directory, _PATH)} {' '.join((*shown, *more))}"
