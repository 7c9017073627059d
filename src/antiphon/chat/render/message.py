"""One message as it should be, as a value: what rendering makes and what the poster brings about.

A message is one of two kinds for its whole life: words (`content`, perhaps with buttons and uploads), or a card
(Components V2, which Discord lets nobody take off a message again; its uploads stand below it).
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from antiphon.core.values import MessageId, PersonId

ButtonStyle = Literal["primary", "secondary", "success", "danger"]


FILE_LIMIT = 8 * 1024 * 1024  # bytes; Discord takes 10 MiB from every bot (its API documentation, Uploading Files)
DIRECT = ".direct."  # in the slot of a direct message, before the id of the person: it tells where the message is


class Priority(IntEnum):
    """What goes first when Discord's limits let only some of it through."""

    REQUEST = 0  # somebody has to do something
    ANSWER = 1  # what Claude said
    PROGRESS = 2
    NOTICE = 3  # what programs post, who may post more than goes through
    MARK = 4  # reactions, the typing mark


@dataclass(frozen=True, slots=True)
class Button:
    """`custom_id` 1 to 100 characters, unique in its message; `label` at most 80 (Discord's limits)."""

    custom_id: str
    label: str
    style: ButtonStyle = "secondary"
    emoji: str | None = None  # a single Unicode emoji


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be chosen in a menu. `label` and `description` at most 100 characters (Discord's limits)."""

    value: str
    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """At most 25 entries, of which one to `most` can be chosen; `placeholder` at most 150 characters."""

    custom_id: str
    entries: tuple[Entry, ...]
    placeholder: str
    most: int = 1


Row = tuple[Button, ...] | Menu  # at most five buttons


@dataclass(frozen=True, slots=True)
class Card:
    """A Components V2 message: paragraphs in a box, and a row of at most five buttons.

    The texts together hold at most 4,000 characters. `color`: the box's edge, 0xRRGGBB; None: no box. `beside`: the
    button on the line of each of the first texts (None: there is none); each takes three of the 40 components that a
    message may have (Discord's API documentation, Components).
    """

    texts: tuple[str, ...]
    buttons: tuple[Button, ...] = ()
    color: int | None = None
    beside: tuple[Button | None, ...] = ()

    @property
    def controls(self) -> tuple[Button, ...]:
        """All of its buttons."""
        return (*(one for one in self.beside if one is not None), *self.buttons)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows of cells, the first row is the header; each row has as many cells as the header.

    `aligns`, one letter a column: l, c or r.
    """

    rows: tuple[tuple[str, ...], ...]
    aligns: str


@dataclass(frozen=True, slots=True)
class TextUpload:
    """A text file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class DiskUpload:
    """A file on the disk of the session's worker; `path` as the worker named it."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class BytesUpload:
    """A file whose content is at hand."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PictureUpload:
    """A table as a PNG; drawn when it is sent, for drawing takes its time."""

    name: str
    table: Table


@dataclass(frozen=True, slots=True)
class DiffUpload:
    """A unified diff as a PNG; drawn when it is sent."""

    name: str
    diff: str


GeneratedUpload = TextUpload | BytesUpload | PictureUpload | DiffUpload
Upload = DiskUpload | GeneratedUpload


@dataclass(frozen=True, slots=True)
class MessageSpec:
    """One message. `slot`: its name within the turn's page, the same while the turn goes on.

    `rows`: what stands above the buttons; with them at most five rows (Discord's limit). `live`: it will change again
    soon, so its edits may be spaced out. `ping`: whom it mentions; only such a message
    rings, every other one is silent. `direct`: a direct message to this person, instead of one in the place. `answers`:
    the message in the place that it begins to answer: a reply to it, where others stand between them.
    """

    slot: str
    content: str = ""
    card: Card | None = None
    rows: tuple[Row, ...] = ()
    buttons: tuple[Button, ...] = ()
    uploads: tuple[Upload, ...] = ()
    live: bool = False
    ping: PersonId | None = None
    direct: PersonId | None = None
    priority: Priority = Priority.ANSWER
    answers: MessageId | None = None

    @property
    def digest(self) -> str:
        """Equal digests: the message shows this already."""
        shown = repr((self.content, self.card, self.buttons, self.uploads, *self.rows))
        return hashlib.sha256(shown.encode(errors="surrogatepass")).hexdigest()[:16]


def text_of(spec: MessageSpec) -> str:
    """All that a message says, but for what is in files that are no texts."""
    texts = [spec.content] if spec.card is None else [*spec.card.texts]
    texts += [upload.text if isinstance(upload, TextUpload) else f"({upload.name})" for upload in spec.uploads]
    return "\n\n".join(text for text in texts if text)
