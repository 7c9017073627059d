"""The board of statuses: implements the core's Screen for a bridge without a bot.

The newest status of a session is told as soon as Discord takes it; one that is no news any more is told never. What
has been told, or will never be, is marked in the rows as posted. A dead webhook is asked nothing again.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from antiphon.actions.terminals.attach import UNTITLED
from antiphon.core.bus import WebhookStore
from antiphon.core.health import Health
from antiphon.core.records import Lease
from antiphon.core.retry import Backoff
from antiphon.core.stored_turn import assemble
from antiphon.core.values import NOWHERE, Session, SessionId, TurnId
from antiphon.core.view import TurnView
from antiphon.webhook import wording
from antiphon.webhook.client import RequestRefused, Target, Unavailable, WebhookClient, WebhookDead
from antiphon.webhook.ledger import Ledger
from antiphon.webhook.poster import Calls, News, StatusPoster
from antiphon.webhook.status import Status, status_of, title_of

log = logging.getLogger(__name__)

_PAUSES = 1.0, 60.0  # seconds after a try that failed: the first and the longest
_REMEMBERED = 3600.0  # seconds for which a refusal counts as a problem
_PROBLEM, _REFUSAL = "webhook", "webhook refusal"


@dataclass(frozen=True, slots=True)
class BoardPorts:
    """What the board works with. `hub`: the lease under which it writes."""

    bus: WebhookStore
    hub: Lease
    health: Health


@dataclass(slots=True)
class _Line:
    """A session on the board: what was noticed last of it, what is still to be told, and the turns that are over."""

    last: Status | None = None
    news: News | None = None
    over: dict[TurnId, None] = field(default_factory=dict[TurnId, None])


class StatusBoard:
    """Tells of every session that it is shown."""

    def __init__(self, ports: BoardPorts, target: Target, webhook: WebhookClient, calls: Calls) -> None:
        self._bus, self._hub, self._health = ports.bus, ports.hub, ports.health
        self._target = target
        self._webhook = webhook
        self._poster = StatusPoster(webhook, calls)
        self._lines: dict[SessionId, _Line] = {}
        self._telling: dict[SessionId, asyncio.Task[None]] = {}
        self._titles: dict[SessionId, str] = {}
        self._dead = False

    @asynccontextmanager
    async def open(self, limit: float) -> AsyncGenerator[None]:
        """Tell of what an earlier bridge has left, and of what is shown while inside; then, for at most `limit`
        seconds, of the rest."""
        if (why := await self._bus.why_webhook_is_dead(self._target.digest)) is not None:
            self._give_up(why)
        left = [pair for pair in await self._bus.pending(self._hub) if pair[0].terminal is not None]
        stories = [(session, await self._bus.story(session.id, turn)) for session, turn in left]
        for session, story in stories:  # at once, so that only the newest of each session is told
            if story is not None:
                self.show(session, assemble(story))
        looking = asyncio.create_task(self._look(), name="webhook")
        try:
            yield
        finally:
            looking.cancel()
            tasks = [looking, *self._telling.values()]
            if len(tasks) > 1:
                await asyncio.wait(tasks[1:], timeout=limit)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def show(self, session: Session, view: TurnView) -> None:
        """See Screen."""
        line = self._lines.setdefault(session.id, _Line())
        status = status_of(view)
        if status == line.last:
            return
        before, line.last = line.last, status
        if session.id not in self._titles and (title := title_of(view)):
            self._titles[session.id] = title
        if view.end is not None and session.place == NOWHERE:
            line.over[view.turn] = None
        # Of a turn that goes on, what an earlier bridge has told may be true still.
        over = view.end is not None or (before is not None and before.kind == "needs")
        # What is over takes back a need alone: that a turn has ended is still to be told.
        if status.is_news or (over and (line.news is None or line.news.status.kind == "needs")):
            line.news = News(status, session, view)
        self._go_on(session.id)

    def refresh(self, session: Session, turn: TurnId) -> None:
        """See Screen. What a row says later about a turn is no status."""

    async def _look(self) -> None:
        """A webhook that is gone is to be known before something is to be told."""
        if not self._dead:
            with suppress(Unavailable, RequestRefused):
                try:
                    await self._webhook.look()
                except WebhookDead as error:
                    await self._note_dead(error)

    def _go_on(self, id_: SessionId) -> None:
        line = self._lines[id_]
        if (line.news is not None or line.over) and id_ not in self._telling:
            telling = asyncio.create_task(self._tell(id_, line), name=f"status {id_}")
            self._telling[id_] = telling
            telling.add_done_callback(lambda done: self._told(id_, done))

    async def _tell(self, id_: SessionId, line: _Line) -> None:
        backoff = Backoff(*_PAUSES)
        while line.news is not None or line.over:
            news, over = line.news, [*line.over]
            try:
                if news is not None and not self._dead:
                    asked = await self._poster.bring_up_to_date(await self._titled(news), self._ledger(id_))
                    if asked and not self._dead:
                        self._health.over(_PROBLEM)
                        self._health.over(_REFUSAL)
            except (Unavailable, *self._bus.transient) as error:
                least = error.pause if isinstance(error, Unavailable) else 0.0
                if isinstance(error, Unavailable):
                    self._health.begin(_PROBLEM, wording.waits(str(error)))
                await asyncio.sleep(max(backoff.pause, least))
                backoff.grow()
                continue
            except RequestRefused as error:
                self._health.begin(_REFUSAL, wording.not_taken(str(error)), lasts=_REMEMBERED)
            except WebhookDead as error:
                await self._note_dead(error)
            backoff.reset()
            if line.news is news:
                line.news = None
            for turn in over:
                await self._posted(id_, turn)
                del line.over[turn]

    async def _posted(self, id_: SessionId, turn: TurnId) -> None:
        with suppress(*self._bus.transient):  # then it is looked at once more at the next start
            await self._bus.posted(self._hub, id_, turn)

    async def _titled(self, news: News) -> News:
        """With the session's title, which is kept."""
        session = news.session
        if session.place != NOWHERE:
            return news
        stored = next(one for one in await self._bus.sessions() if one.id == session.id)
        if (title := self._titles.get(session.id)) and stored.title == UNTITLED:
            stored = await self._bus.settle(self._hub, session.id, replace(stored, title=title))
        return replace(news, session=replace(session, title=stored.title))

    def _ledger(self, id_: SessionId) -> Ledger:
        return Ledger(self._bus, self._hub, self._target.id, id_)

    async def _note_dead(self, error: WebhookDead) -> None:
        self._give_up(str(error))
        with suppress(*self._bus.transient):
            await self._bus.note_dead_webhook(self._hub, self._target.digest, str(error))

    def _give_up(self, why: str) -> None:
        self._dead = True
        self._health.over(_PROBLEM, said=True)
        self._health.begin(_PROBLEM, wording.dead(why))

    def _told(self, id_: SessionId, task: asyncio.Task[None]) -> None:
        del self._telling[id_]
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            log.error("the status of a session cannot be told", exc_info=error, extra={"session": id_})
            self._lines[id_].news = None
            self._lines[id_].over.clear()  # its rows stay for the next start
        self._go_on(id_)  # it may have been shown something just now
