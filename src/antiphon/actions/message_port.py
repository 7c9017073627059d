"""What actions need of the chat server for messages that Claude itself sends and reads. A protocol, and its values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.actions.reasons import ChatRefused, Refused
from antiphon.core.values import File, MessageId, PersonId, PlaceId, Project, RoleId, Session


@dataclass(frozen=True, slots=True)
class Post:
    """A message that Claude sends. Only the people and the roles that are named here may be called by it."""

    text: str
    files: tuple[File, ...] = ()
    people: frozenset[PersonId] = frozenset()
    roles: frozenset[RoleId] = frozenset()


@dataclass(frozen=True, slots=True)
class PlaceMessage:
    """A message of a place. `at`: epoch seconds; `own`: the bridge has posted it; `files`: the names of attachments."""

    id: MessageId
    author: str
    at: float
    text: str
    own: bool = False
    files: tuple[str, ...] = ()


class Messages(Protocol):
    """Messages in places, one by one."""

    async def send(self, session: Session, place: PlaceId, post: Post, key: str) -> MessageId:
        """Send what Claude writes in a session. The same key again, soon after, finds the same message. Raises Refused
        with ChatRefused."""
        ...

    async def edit(self, place: PlaceId, message: MessageId, post: Post) -> None:
        """Let a message that was sent say something else. Raises Refused with ChatRefused."""
        ...

    async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        """Put an emoji below a message. Raises Refused with ChatRefused, or where the emoji is one of our marks."""
        ...

    async def read(self, place: PlaceId, most: int, before: MessageId | None) -> Sequence[PlaceMessage]:
        """The latest messages of a place, those before `before` if given; oldest first. Raises Refused with
        ChatRefused."""
        ...

    def channels(self, project: Project) -> Mapping[str, PlaceId]:
        """The project's channels that can be seen, by name."""
        ...


_NOWHERE = ChatRefused("there is no chat server")


class NoMessages:
    """Where there is no chat server."""

    async def send(self, session: Session, place: PlaceId, post: Post, key: str) -> MessageId:
        """Nobody would read it."""
        raise Refused(_NOWHERE)

    async def edit(self, place: PlaceId, message: MessageId, post: Post) -> None:
        """There is none."""
        raise Refused(_NOWHERE)

    async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        """There is none."""
        raise Refused(_NOWHERE)

    async def read(self, place: PlaceId, most: int, before: MessageId | None) -> Sequence[PlaceMessage]:
        """There is nothing."""
        raise Refused(_NOWHERE)

    def channels(self, project: Project) -> Mapping[str, PlaceId]:
        """There is none."""
        return {}
