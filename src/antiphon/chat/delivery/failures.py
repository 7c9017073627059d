"""What can go wrong with a request of ours, translated at the edge: delivery decides by the kind of ChatError, never by
a status, a code or an exception of discord.py's."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
import discord

from antiphon.chat.delivery.error_codes import Outcome, outcome_of
from antiphon.chat.permissions import NoThread
from antiphon.errors import ChatError

UNKNOWN_CHANNEL = 10003
MISSING_ACCESS = 50001
THREAD_ARCHIVED = 50083
# What fails here, before a request is sent: in our code, in discord.py's, in aiohttp's (which takes no control
# character in a header). The same once a request was answered: the answer is not Discord's (a proxy's page, half a
# body). RuntimeError and AttributeError are also what a client says that is not connected at the moment.
_LOCAL = (ArithmeticError, AssertionError, BufferError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, EOFError, AttributeError, RuntimeError, *_LOCAL)


class PlaceGone(ChatError):
    """The channel or thread is not there any more."""


class PlaceClosed(PlaceGone):
    """The channel or thread is closed to the bot, perhaps only for now: not seen, not written in, locked."""


class ThreadRefused(PlaceClosed):
    """The session's thread cannot be made, perhaps only for now."""

    def __init__(self, text: str, why: NoThread) -> None:
        super().__init__(text)
        self.why = why


class MessageGone(ChatError):
    """Somebody deleted the message."""


class ContentRefused(ChatError):
    """Discord does not take this content, or it cannot even be sent."""


class DiscordUnavailable(ChatError):
    """Discord did not answer, or asked to wait: the same request is right again later."""


class NothingTaken(DiscordUnavailable):
    """Discord answers, but whatever is to be posted in this place fails: it may last."""


_ERRORS: dict[Outcome, type[ChatError]] = {
    Outcome.AWAY: DiscordUnavailable,
    Outcome.CLOSED: PlaceClosed,
    Outcome.PLACE_GONE: PlaceGone,
    Outcome.MESSAGE_GONE: MessageGone,
    Outcome.IMPOSSIBLE: ContentRefused,
}


@dataclass(slots=True)
class _Request:
    """`answered`: something has answered."""

    answered: bool = False


_request: ContextVar[_Request | None] = ContextVar("request of ours", default=None)


def observe(trace: aiohttp.TraceConfig) -> None:
    """Let `asked` know by `trace` which requests were answered: without it, what fails in reading an answer counts as
    failed before the request. Call before the first request."""

    async def answered(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, _ended: aiohttp.TraceRequestEndParams
    ) -> None:
        if (request := _request.get()) is not None:
            request.answered = True

    trace.on_request_end.append(answered)


@contextmanager
def asked() -> Generator[None]:
    """Around a request: whatever fails becomes a ChatError."""
    request = _Request()
    before = _request.set(request)
    try:
        yield
    except FAILURES as error:
        raise _translated(error, answered=request.answered) from error
    finally:
        _request.reset(before)


@contextmanager
def only(person: bool = False) -> Generator[None]:
    """Inside `asked`, where a refusal is about one person (who takes no messages) or one reaction, not about the place:
    it says nothing about what else is asked there."""
    try:
        yield
    except discord.HTTPException as error:
        translated = _translated(error, answered=True)
        if not isinstance(translated, PlaceGone) or (error.code == MISSING_ACCESS and not person):
            raise
        gone = error.code == UNKNOWN_CHANNEL and not person  # with all its messages
        raise (MessageGone if gone else ContentRefused)(str(error)) from error


def _translated(error: Exception, *, answered: bool) -> ChatError:
    text = str(error) or type(error).__name__
    if isinstance(error, discord.HTTPException):
        return _ERRORS[outcome_of(error.status, error.code, of_discord=_reads_as_discords(error))](text)
    if isinstance(error, discord.InvalidData):
        return PlaceClosed(f"Discord answers with what discord.py does not know: {text}")
    of_network = isinstance(error, OSError | aiohttp.ClientError)  # some of these are ValueErrors as well
    if not answered and not of_network and isinstance(error, (discord.ClientException, *_LOCAL)):
        return ContentRefused(f"it cannot be sent: {error!r}")
    return DiscordUnavailable(text)


def _reads_as_discords(error: discord.HTTPException) -> bool:
    return error.code != 0 or error.response.headers.get("Content-Type", "").startswith("application/json")
