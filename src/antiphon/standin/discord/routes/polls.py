"""Routes of polls: votes, who voted for what, and the end (D resources/poll, "Poll Endpoints")."""

from __future__ import annotations

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Json, form_error, refusal
from antiphon.standin.discord.ids import is_snowflake
from antiphon.standin.discord.payloads.users import user_json
from antiphon.standin.discord.permissions import require, require_not_timed_out
from antiphon.standin.discord.router import PERSON, Route
from antiphon.standin.discord.rules.messages import end_poll
from antiphon.standin.discord.rules.polls import vote
from antiphon.standin.discord.state import Channel, Message, Poll
from antiphon.standin.discord.wire import Call, as_list, as_whole


def _find(backend: Backend, call: Call) -> tuple[Channel, Message]:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, permissions.READ_MESSAGE_HISTORY)
    return channel, backend.world.message(channel, call.args["message"])


def _poll(message: Message) -> Poll:
    """U: what is said of a message without one, where nothing is to be ended."""
    if message.poll is None:
        raise refusal(520000)
    return message.poll


def cast_vote(backend: Backend, call: Call) -> None:
    """A person's client sends all answers that are chosen now. Apps have no vote."""
    channel, message = _find(backend, call)
    poll = _poll(message)
    require_not_timed_out(backend.world, channel, call.actor)  # U
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)  # U: as reactions
    chosen = [as_whole(one) for one in as_list(call.form().get("answer_ids") or [], "answer_ids")]
    numbers = [one for one in chosen if one is not None]
    if len(numbers) < len(chosen):
        raise form_error("answer_ids", "NUMBER_TYPE_COERCE", "An answer's id is an int.")
    added, removed = vote(poll, call.actor.id, numbers, backend.clock())
    told = [("MESSAGE_POLL_VOTE_REMOVE", n) for n in removed] + [("MESSAGE_POLL_VOTE_ADD", n) for n in added]
    for event, number in told:
        body: Json = {"user_id": call.actor.id, "channel_id": channel.id, "message_id": message.id, "answer_id": number}
        if channel.guild_id is not None:
            body["guild_id"] = channel.guild_id
        backend.gateway.to_channel(channel, event, body)


def list_voters(backend: Backend, call: Call) -> Json:
    _, message = _find(backend, call)
    poll, number = _poll(message), as_whole(call.args["answer"])
    if number is None or not 1 <= number <= len(poll.answers):
        raise form_error("answer_id", "BASE_TYPE_CHOICES", "Unknown poll answer")
    limit, after = call.number("limit", 25, 1, 100), call.query.get("after", "0")
    voters = sorted(poll.votes.get(number, ()), key=int)
    found = [one for one in voters if is_snowflake(after) and int(one) > int(after)]
    return {"users": [user_json(backend.world.users[one]) for one in found[:limit]]}


def expire(backend: Backend, call: Call) -> Json:
    """Ends one's own poll. U: the code for another's."""
    channel, message = _find(backend, call)
    if message.poll is None:
        raise refusal(520006)
    if message.author != call.actor.id:
        raise refusal(50005)
    if message.poll.ended:
        raise refusal(520001)
    end_poll(backend, channel, message)
    return backend.shown(message, call.actor)


_BASE = "/channels/:channel/polls/:message"
ROUTES = (
    Route("PUT", f"{_BASE}/answers/@me", cast_vote, who=PERSON),
    Route("GET", f"{_BASE}/answers/:answer", list_voters),
    Route("POST", f"{_BASE}/expire", expire),
)
