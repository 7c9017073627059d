"""Keeps the tags of forum posts: each says how the session in its post stands.

They change slowly: Discord takes two changes of a post in ten minutes (the rate limiter's hidden limit for channels),
so a short turn is not said to run, and the last change of the two is left to what needs a person, or is over.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import discord

from antiphon.chat.channels import state_tags
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.reconcile import NEVER
from antiphon.chat.kinds import MOST_APPLIED, MOST_TAGS, STATES, PostState
from antiphon.chat.render.message import Priority
from antiphon.core.blocks import EndReason
from antiphon.core.bus import HubStore
from antiphon.core.projects import Projects
from antiphon.core.stored_turn import assemble
from antiphon.core.values import PlaceId, Session, SessionId, TurnId
from antiphon.core.view import TurnView
from antiphon.errors import StoreError

log = logging.getLogger(__name__)

_STEADY: Mapping[PostState, float] = {"running": 5.0, "waiting": 2.0, "done": 1.0, "failed": 1.0}  # seconds
_CHANGES, _WINDOW = 2, 600.0  # as in RateLimiter
_AGAIN = 300.0  # seconds until what failed is tried again
_ENDS: Mapping[EndReason, PostState] = {
    "done": "done",
    "stopped": "done",
    "closed": "done",
    "limited": "waiting",
    "failed": "failed",
    "timed_out": "failed",
    "interrupted": "failed",
    "lost": "failed",
}


@dataclass(slots=True)
class _Post:
    """`shown`: what its tags say, as far as we have a hand in it; `wanted`, since when; `at_work`: its turns that are
    not over; `changes`: when its tags were changed lately (epoch seconds, as all times here)."""

    shown: PostState | None
    wanted: PostState | None = None
    since: float = 0.0
    at_work: dict[TurnId, PostState] = field(default_factory=dict[TurnId, PostState])
    changes: deque[float] = field(default_factory=lambda: deque[float](maxlen=_CHANGES))
    not_before: float = 0.0
    task: asyncio.Task[None] | None = None

    def due(self) -> float:
        """When its tags may be changed to what is wanted."""
        if self.wanted in (None, self.shown) or self.task is not None:
            return NEVER
        spared = 1 if self.wanted == "running" else 0
        nth = _CHANGES - spared  # the change before last, or the last one, is to be that long ago
        allowed = self.changes[-nth] + _WINDOW if len(self.changes) >= nth else 0.0
        return max(self.since + _STEADY[self.wanted], allowed, self.not_before)

    def want(self, state: PostState, now: float) -> None:
        if state != self.wanted:
            self.wanted, self.since = state, now


class PostTags:
    """Those of all posts in the projects' forums and media channels."""

    def __init__(self, client: discord.Client, context: DeliveryContext, bus: HubStore, projects: Projects) -> None:
        self._client = client
        self._context = context
        self._bus = bus
        self._projects = projects
        self._posts: dict[PlaceId, _Post] = {}
        self._making = asyncio.Lock()
        self._made: dict[int, discord.ForumChannel] = {}  # forums with the tags that we have made
        self._unmade: dict[int, float] = {}  # until when it is not tried again to make those of a forum
        self._news = asyncio.Event()

    def note(self, session: Session, view: TurnView) -> None:
        """A turn of a session is shown anew. Returns at once."""
        thread = self._post(session.place)
        if thread is None:
            return
        post = self._posts.get(session.place) or self._posts.setdefault(session.place, _Post(_state(thread)))
        if view.end is None:
            post.at_work[view.turn] = "waiting" if view.needs else "running"
        else:
            post.at_work.pop(view.turn, None)
        if (state := _state_of(post, view)) is not None:
            post.want(state, self._context.clock())
        self._news.set()

    async def run(self) -> None:
        """Keep them until cancelled."""
        try:
            with suppress(StoreError):  # they are right again with the next turn
                await self._look_at_old()
            while True:
                self._news.clear()
                now = self._context.clock()
                due = min((self._begin(place, post, now) for place, post in list(self._posts.items())), default=NEVER)
                with suppress(TimeoutError):
                    async with asyncio.timeout(None if due == NEVER else due - now):
                        await self._news.wait()
        finally:
            tasks = [one.task for one in self._posts.values() if one.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, place: PlaceId, post: _Post, now: float) -> float:
        """Change the post's tags if that is due; else when it is."""
        if (due := post.due()) > now:
            forgettable = due == NEVER and post.task is None and not post.at_work
            if forgettable and (not post.changes or post.changes[-1] < now - _WINDOW):
                del self._posts[place]
            return due
        thread = self._post(place)
        if thread is None or thread.archived:
            del self._posts[place]  # one that is open again has something new to say
            return NEVER
        post.task = asyncio.create_task(self._change(thread, post), name=f"tags of {place}")

        def done(_: object) -> None:
            post.task = None
            self._news.set()

        post.task.add_done_callback(done)
        return NEVER

    async def _change(self, thread: discord.Thread, post: _Post) -> None:
        """Waits for its turn; what is wanted then is shown."""
        clock = self._context.clock
        post.not_before = clock() + _AGAIN
        try:
            async with self._making:  # posts of one forum do not make them twice
                forum = await self._with_all_tags(thread)
            if forum is None or not _may_change(thread, forum, post.wanted):
                return
            async with self._context.rate_limiter.turn("PATCH", f"/channels/{thread.id}", Priority.MARK):
                wanted = post.wanted
                if (tags := _tags(thread, forum, wanted)) is None:
                    return
                post.changes.append(clock())
                await thread.edit(applied_tags=tags)
            post.shown, post.not_before = wanted, 0.0
        except FAILURES as error:
            log.warning("the tags of post %s stay as they are: %s", thread.id, error)

    async def _with_all_tags(self, thread: discord.Thread) -> discord.ForumChannel | None:
        """A post's forum, with the tags made that it lacked, if that is allowed there."""
        forum = thread.parent
        if not isinstance(forum, discord.ForumChannel):
            return None
        missing: list[PostState] = [one for one in STATES if one not in state_tags(forum)]
        if missing and forum.id in self._made:  # the gateway has not told of them yet
            return self._made[forum.id]
        too_many = len(forum.available_tags) + len(missing) > MOST_TAGS
        now = self._context.clock()
        if not missing or too_many or not forum.permissions_for(forum.guild.me).manage_channels:
            return forum
        if self._unmade.get(forum.id, 0.0) > now:
            return forum
        self._unmade[forum.id] = now + _AGAIN
        made = [discord.ForumTag(name=one, emoji=STATES[one]) for one in missing]
        async with self._context.rate_limiter.turn("PATCH", f"/channels/{forum.id}", Priority.MARK):
            changed = await forum.edit(available_tags=[*forum.available_tags, *made])
        self._made[forum.id] = changed or forum
        return changed or forum

    async def _look_at_old(self) -> None:
        """Posts may say that a turn runs which has ended when nobody was there to say so."""
        at_work = {one.session for one in await self._bus.turns_at_work()}
        for project in self._projects.all:
            for channel in map(self._client.get_channel, sorted(project.channels)):
                if not isinstance(channel, discord.ForumChannel):
                    continue
                for thread in channel.threads:
                    if _state(thread) in ("running", "waiting"):
                        await self._look_at(PlaceId(thread.id), at_work)

    async def _look_at(self, place: PlaceId, at_work: Collection[SessionId]) -> None:
        session = await self._bus.session(place)
        if session is None or session.id in at_work:
            return
        for last in await self._bus.turns(session.id, 1):
            if (story := await self._bus.story(session.id, last.turn)) is not None:
                self.note(session, assemble(story))

    def _post(self, place: PlaceId) -> discord.Thread | None:
        """None: it is none, or nothing is known of it."""
        thread = self._client.get_channel(place)
        if isinstance(thread, discord.Thread) and isinstance(thread.parent, discord.ForumChannel):
            return thread
        return None


def _state_of(post: _Post, view: TurnView) -> PostState | None:
    """How the session in a post stands; None: as before."""
    if post.at_work:
        return "waiting" if "waiting" in post.at_work.values() else "running"
    return _ENDS.get(view.end.reason) if view.end is not None else None


def _state(thread: discord.Thread) -> PostState | None:
    """What a post's tags say; None: nothing, or several things."""
    assert isinstance(thread.parent, discord.ForumChannel)
    known = state_tags(thread.parent)
    applied = {tag.id for tag in thread.applied_tags}
    found: list[PostState] = [state for state, tag in known.items() if tag.id in applied]
    return found[0] if len(found) == 1 else None


def _tags(
    thread: discord.Thread, forum: discord.ForumChannel, wanted: PostState | None
) -> list[discord.ForumTag] | None:
    """A post's tags, with that of a state in place of the others'; None: the forum has none, or the post has as many as
    it may have."""
    known = state_tags(forum)
    if wanted is None or wanted not in known:
        return None
    ours = {tag.id for tag in known.values()}
    others = [tag for tag in thread.applied_tags if tag.id not in ours]
    return [*others, known[wanted]] if len(others) < MOST_APPLIED else None


def _may_change(thread: discord.Thread, forum: discord.ForumChannel, wanted: PostState | None) -> bool:
    """Whether we may give a post the tag of a state: Discord lets its owner do so, and those who manage threads."""
    tags = _tags(thread, forum, wanted)
    if tags is None:
        return False
    if forum.permissions_for(forum.guild.me).manage_threads:
        return True
    changed = {tag.id for tag in tags} ^ {tag.id for tag in thread.applied_tags}
    moderated = any(tag.moderated for tag in forum.available_tags if tag.id in changed)
    return thread.owner_id == thread.guild.me.id and not moderated
