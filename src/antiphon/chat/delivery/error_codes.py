"""What becomes of a request that Discord refused, by the error code of its answer: pure.

Source: Discord's developer documentation, "Opcodes and Status Codes", JSON error codes. Here is every code of that
table that a request for a channel, a message, a reaction, a thread or a direct message can meet; what belongs to other
requests (invites, stickers, voice, …) and what the table does not have is decided by its HTTP status.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class Outcome(Enum):
    """How a request that was not done ends."""

    AWAY = "Discord is away, or asks to wait: the same request is right again later"
    CLOSED = "the place is closed to us for now, whatever is to be posted in it"
    PLACE_GONE = "the place is not there any more"
    MESSAGE_GONE = "the message is not there any more"
    IMPOSSIBLE = "this content, or this change, is refused for good"


_BY_OUTCOME: Mapping[Outcome, tuple[int, ...]] = {
    Outcome.AWAY: (
        20016,  # slow mode
        20022,  # edits of announcements
        20028,  # writes on the channel
        20029,  # writes on the server
        40001,  # unauthorized: the token was changed, which the gateway tells as well
        40003,  # opening direct messages too fast
        40004,  # sending messages is switched off for now
        40006,  # this feature is switched off for now
        40062,  # a resource is being rate limited
        40333,  # Cloudflare is blocking the request
        50014,  # invalid authentication token
        130000,  # the API is overloaded
    ),
    Outcome.CLOSED: (
        10004,  # unknown guild: perhaps one that we are not in at the moment
        20012,  # not authorized for this application
        20024,  # under minimum age
        30013,  # most channels of a guild
        30033,  # most participants of a thread
        40002,  # the account must be verified
        40007,  # banned from the guild
        40058,  # no message in a forum channel
        40066,  # no tags that a bot may set
        40067,  # a tag is required
        50001,  # missing access
        50008,  # not a text channel
        50009,  # the channel's verification level is too high
        50013,  # missing permissions
        50024,  # not in this type of channel
        50026,  # missing OAuth2 scope
        50041,  # invalid API version
        50055,  # invalid guild
        50067,  # invalid request origin
        50083,  # the thread is archived
        50095,  # the server is not available in this location
        50178,  # the account must be verified
        60003,  # two factors are required
        160005,  # the thread is locked
        160006,  # most active threads
        160007,  # most active announcement threads
    ),
    Outcome.PLACE_GONE: (10003,),
    Outcome.MESSAGE_GONE: (10008,),
    Outcome.IMPOSSIBLE: (
        10013,  # unknown user
        10014,  # unknown emoji
        20001,  # bots cannot use this
        20002,  # only bots can use this
        20009,  # explicit content
        20031,  # a name with words that are not allowed
        30010,  # most reactions of a message
        30015,  # most attachments of a message
        30046,  # most edits of messages older than an hour: a new one may take its place
        40005,  # request too large
        50002,  # invalid account type
        50003,  # not in a direct message
        50005,  # somebody else's message
        50006,  # an empty message
        50007,  # this user takes no messages
        50021,  # a system message
        50033,  # invalid recipient
        50035,  # invalid form body
        50045,  # a file is too large
        50046,  # invalid file
        50068,  # invalid message type
        50080,  # stickers cannot be edited
        50081,  # invalid sticker
        50101,  # the server needs more boosts
        50109,  # invalid JSON
        50110,  # invalid file
        50123,  # invalid type of file
        50146,  # the uploaded file is not found
        50151,  # invalid emoji
        50159,  # voice messages: no other content
        50160,  # voice messages: a single file
        50161,  # voice messages: metadata
        50162,  # voice messages: no edits
        50173,  # no voice messages here
        50278,  # no server in common with this user
        50600,  # this sticker is not allowed
        90001,  # the reaction was blocked
        90002,  # no burst reactions
        160002,  # no reply without the message's history
        160004,  # the message has its thread (whoever makes threads takes it for done)
        160014,  # no forwarding of what cannot be read
        200000,  # blocked by automatic moderation
        200001,  # a title blocked by automatic moderation
        240000,  # blocked by the filter for harmful links
        400001,  # no uploads in this guild
    ),
}
OUTCOMES: Mapping[int, Outcome] = MappingProxyType(
    {code: outcome for outcome, codes in _BY_OUTCOME.items() for code in codes}
)


def outcome_of(status: int, code: int, *, of_discord: bool) -> Outcome:
    """The outcome of a request that was answered with this HTTP status and error code (0: none). `of_discord`: the
    answer reads as Discord's, not as that of a proxy on the way."""
    if status >= 500:
        return Outcome.AWAY
    if code in OUTCOMES:
        return OUTCOMES[code]
    if status == 413:  # also a proxy's: it will take no more the next time
        return Outcome.IMPOSSIBLE
    if not of_discord or status in (401, 408, 429) or status < 400:
        return Outcome.AWAY
    return Outcome.CLOSED if status in (403, 404) else Outcome.IMPOSSIBLE
