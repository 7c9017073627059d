"""Messages that programs post."""

import base64
import binascii
from typing import Annotated, Literal

from pydantic import Field

from antiphon.core.file_names import safe_name
from antiphon.core.programs.notices import NoticeFile, StoredNotice
from antiphon.web.shapes.base import Asked, Color, DiscordId, Link, Moment, Name, Text, Told, Words, id_of

_FILE = 8 * 1024 * 1024  # bytes; Discord takes 10 MiB from every bot


class FileAsked(Asked):
    """A file, in base64; at most 8 MiB."""

    name: Annotated[Text, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(max_length=_FILE * 4 // 3 + 8)]

    def decoded(self) -> NoticeFile:
        """Raises ValueError where it is no base64, or too large."""
        try:
            content = base64.b64decode(self.content, validate=True)
        except binascii.Error as error:
            raise ValueError("the file's content is no base64") from error
        if len(content) > _FILE:
            raise ValueError(f"the file has more than {_FILE} bytes")
        return NoticeFile(safe_name(self.name), content)


class NoticeAsked(Asked):
    """A message for people: to a channel or a thread (`place`), to a person, or else to the project's first channel."""

    text: Words
    project: Name = ""
    place: DiscordId | None = None
    person: DiscordId | None = None
    title: Annotated[Text, Field(max_length=256)] = ""
    color: Color | None = None
    link: Link = ""
    plain: bool = False
    thread: Name = ""
    file: FileAsked | None = None
    at: Moment | None = None


class NoticeTold(Told):
    """A notice. `message`: where it is shown; `error`: why it is not."""

    id: str
    project: str
    by: str
    state: Literal["waiting", "sending", "sent", "failed", "cancelled"]
    text: str
    title: str
    due: float
    place: str | None
    person: str | None
    message: str | None
    error: str


def notice(found: StoredNotice) -> NoticeTold:
    one = found.notice
    return NoticeTold(
        id=one.id,
        project=one.project,
        by=one.by,
        state=found.state,
        text=one.text,
        title=one.title,
        due=one.due,
        place=id_of(one.place),
        person=id_of(one.person),
        message=id_of(found.message),
        error=found.error,
    )


class NoticesTold(Told):
    """Notices: those that wait, the next one first; else the latest first."""

    notices: list[NoticeTold]
