"""Kinds of channels, how people talk to Claude in each, and what the tags of a forum's posts say: by Discord's numbers
and names, for whoever does without discord.py too. Pure."""

from collections.abc import Mapping
from typing import Literal

TEXT, VOICE, ANNOUNCEMENT, STAGE, FORUM, MEDIA = 0, 2, 5, 13, 15, 16
"""Discord's numbers (its API documentation, Channel Types)."""

KINDS: Mapping[int, str] = {
    TEXT: "text",
    ANNOUNCEMENT: "announcement",
    FORUM: "forum",
    MEDIA: "media",
    VOICE: "voice",
    STAGE: "stage",
}
"""Those in which sessions can be."""

Style = Literal["threads", "posts", "conversation"]
"""How a channel is talked in. "threads": each message opens one; "posts": people open posts, each is a session, and the
channel itself has no messages; "conversation": all messages go to a session of the channel's own."""

PostState = Literal["running", "waiting", "done", "failed"]
"""How the session of a forum's post stands, and the name of the tag that says so."""

STATES: Mapping[PostState, str] = {"running": "⏳", "waiting": "✋", "done": "✅", "failed": "❌"}
"""With the emoji of tags that we make."""

MOST_TAGS = 20  # of a forum (Discord's API documentation, Channel Object)
MOST_APPLIED = 5  # of a post (the same)


def style(kind: int, *, isolated: bool = True) -> Style:
    """How people talk to Claude in a kind of channel. `isolated`: the project's threads are (`thread_isolation`). In
    voice and stage channels there are no threads (Discord's API documentation, Threads)."""
    if kind in (FORUM, MEDIA):
        return "posts"
    return "conversation" if kind in (VOICE, STAGE) or not isolated else "threads"


def state_of_tag(name: str) -> PostState | None:
    """What a tag of this name says, however it is written; None: it is none of ours."""
    found = name.strip().casefold()
    return next((state for state in STATES if state == found), None)
