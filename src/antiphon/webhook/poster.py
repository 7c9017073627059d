"""Brings what stands in Discord of a session up to its newest status: one try.

In a text channel one message of each session stands: what is news is posted anew, since an edit calls nobody, and the
message before is deleted. In a forum each session has a thread, in which every status stays. A need that is over is
edited in both. What was posted and not noted is posted again: a webhook has no nonce.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from antiphon.core.records import Post
from antiphon.core.values import MessageId, PersonId, PlaceId, Session
from antiphon.core.view import TurnView
from antiphon.webhook import client, status
from antiphon.webhook.client import Content, Posted, RequestRefused, WebhookClient
from antiphon.webhook.ledger import Ledger, Slot
from antiphon.webhook.status import Kind, Status


@dataclass(frozen=True, slots=True)
class Calls:
    """Whom a status calls. `kinds`: the occasions on which; all others are silent."""

    owner: PersonId | None
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class News:
    """A status, and what it is made from; the session has its title."""

    status: Status
    session: Session
    view: TurnView


class StatusPoster:
    """Knows of the webhook's channel what it has found out: whether each session gets a thread there."""

    def __init__(self, webhook: WebhookClient, calls: Calls) -> None:
        self._webhook = webhook
        self._calls = calls
        self._opens_threads: bool | None = None  # None: not known yet

    async def bring_up_to_date(self, news: News, ledger: Ledger) -> bool:
        """Post, edit or delete what is to be. Raises as WebhookClient does; trying again goes on where this ended.
        False: nothing was to be done, so Discord was not asked."""
        there = await ledger.read()
        if (old := there.get("old")) is not None:
            await self._put_away(news, old, there, ledger)
        shown, wanted = there.get("status"), news.status
        if not wanted.is_news:
            if shown is None or not status.waits(shown.digest):
                return old is not None
            await self._edit(shown.message, status.settled(news.session), there)
            await ledger.write("status", shown.message, wanted.digest)
            return True
        if shown is not None and shown.digest == wanted.digest:
            return old is not None
        silent = wanted.kind not in self._calls.kinds
        said = status.content(wanted, news.session, news.view, self._calls.owner, silent=silent)
        if shown is not None and wanted.adds_nothing(shown.digest):
            await self._edit(shown.message, said, there)
            await ledger.write("status", shown.message, wanted.digest)
            return True
        posted = await self._post(news, said, there, ledger)
        if shown is not None:
            await ledger.write("old", shown.message, shown.digest)
        await ledger.write("status", posted.message, wanted.digest)
        if shown is not None:
            now = await ledger.read()
            await self._put_away(news, now["old"], now, ledger)
        return True

    async def _post(self, news: News, said: Content, there: Mapping[Slot, Post], ledger: Ledger) -> Posted:
        if (thread := _thread(there)) is not None:
            try:
                return await self._webhook.post(said, thread)
            except RequestRefused as error:
                if error.code != client.NO_CHANNEL:
                    raise
                await ledger.strike(there["thread"])
        if self._opens_threads is not False:
            try:
                posted = await self._webhook.post(said, None, news.session.title)
            except RequestRefused as error:
                if error.code != client.NO_THREADS:
                    raise
            else:
                self._opens_threads = True
                await ledger.write("thread", posted.place)
                return posted
        self._opens_threads = False
        try:
            return await self._webhook.post(said, None)
        except RequestRefused as error:
            if error.code == client.NEEDS_THREAD:  # it was moved to a forum: the next try opens one
                self._opens_threads = None
                raise client.Unavailable(str(error)) from error
            raise

    async def _put_away(self, news: News, old: Post, there: Mapping[Slot, Post], ledger: Ledger) -> None:
        if "thread" not in there:
            with suppress(RequestRefused):  # somebody else has deleted it
                await self._webhook.delete(old.message, None)
        elif status.waits(old.digest):
            await self._edit(old.message, status.settled(news.session), there)
        await ledger.strike(old)

    async def _edit(self, message: MessageId, said: Content, there: Mapping[Slot, Post]) -> None:
        """What is not there any more, or lies in a thread that is closed, is no news either."""
        with suppress(RequestRefused):
            await self._webhook.edit(message, said, _thread(there))


def _thread(there: Mapping[Slot, Post]) -> PlaceId | None:
    found = there.get("thread")
    return None if found is None else PlaceId(found.message)
