"""One check per rule of everything but a message's body: who asks, for what, and what Discord answers."""

# A table reads best with one line for each rule, however long.
# ruff: noqa: E501

from typing import Any, NamedTuple

import pytest

from standin.conftest import Raw
from standin.test_message_limits import fill


class Check(NamedTuple):
    name: str
    request: str
    body: Any
    status: int
    code: int | None = None
    place: str | None = None
    error: str = ""
    who: str | None = "bot"


MAX, BAD, REQUIRED, ONE_OF = "BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_REQUIRED", "BASE_TYPE_CHOICES"
NAME = "APPLICATION_COMMAND_INVALID_NAME"
COMMANDS = "/applications/{app}/commands"
IN = "/channels/{general}"
OPTION = {"type": 3, "name": "o", "description": "d"}


def command(**fields: Any) -> dict[str, Any]:
    return {"name": "go", "description": "d"} | fields


def many(count: int, kind: int = 1) -> list[dict[str, Any]]:
    return [{"name": f"c{n}", "type": kind} | ({"description": "d"} if kind == 1 else {}) for n in range(count)]


CHECKS = [
    # Doors
    Check("no token", "GET /users/@me", None, 401, 0, who=None),
    Check("an unknown route", "GET /users/@me/nothing/at/all", None, 404, 0),
    Check("a method that is not offered", "PUT /users/@me", None, 405, 0),
    Check("a person's token at a bot's route", "GET /gateway/bot", None, 403, 20002, who="ada"),
    Check("a bot at a person's route", "POST /interactions", {}, 403, 20001),
    Check("an unknown channel", "GET /channels/1", None, 404, 10003),
    Check("an unknown guild", "GET /guilds/1", None, 404, 10004),
    Check("an unknown user", "GET /users/1", None, 404, 10013),
    Check("somebody who is no member", "GET /guilds/{guild}/members/1", None, 404, 10013),
    Check("the gateway's address without a token", "GET /gateway", None, 200, who=None),
    # Messages of others, gone, hidden
    Check("an unknown message", f"GET {IN}/messages/1", None, 404, 10008),
    Check("editing another's words", f"PATCH {IN}/messages/{{theirs}}", {"content": "x"}, 403, 50005),
    Check("hiding another's embeds", f"PATCH {IN}/messages/{{theirs}}", {"flags": 4}, 200),
    Check("hiding another's embeds without permission", f"PATCH {IN}/messages/{{own}}", {"flags": 4}, 403, 50013, who="mallory"),
    Check("clearing a message", f"PATCH {IN}/messages/{{own}}", {"content": None}, 400, 50006),
    Check("an edit of 2001", f"PATCH {IN}/messages/{{own}}", {"content": "x" * 2001}, 400, 50035, "content", MAX),
    Check("deleting another's with permission", f"DELETE {IN}/messages/{{theirs}}", None, 204),
    Check("deleting another's without", f"DELETE {IN}/messages/{{own}}", None, 403, 50013, who="mallory"),
    Check("deleting Discord's word of a new thread", f"DELETE {IN}/messages/{{notice}}", None, 204),
    Check("a channel that is hidden", "GET /channels/{hidden}", None, 403, 50001),
    Check("posting where it is hidden", "POST /channels/{hidden}/messages", {"content": "x"}, 403, 50001),
    Check("posting in a category", "POST /channels/{category}/messages", {"content": "x"}, 400, 50008),
    Check("posting in a forum", "POST /channels/{forum}/messages", {"content": "x"}, 400, 40058),
    Check("history of 0", f"GET {IN}/messages?limit=0", None, 400, 50035, "limit", "NUMBER_TYPE_MIN"),
    Check("history of 101", f"GET {IN}/messages?limit=101", None, 400, 50035, "limit", "NUMBER_TYPE_MAX"),
    Check("history after no id", f"GET {IN}/messages?after=x", None, 400, 50035, "after", "NUMBER_TYPE_COERCE"),
    # Deleting many
    Check("one message", f"POST {IN}/messages/bulk-delete", {"messages": ["{own}"]}, 400, 50016),
    Check("101 messages", f"POST {IN}/messages/bulk-delete", {"messages": [str(n) for n in range(101)]}, 400, 50016),
    Check("the same twice", f"POST {IN}/messages/bulk-delete", {"messages": ["{own}", "{own}"]}, 400, 50035, "messages", "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    Check("an old one", f"POST {IN}/messages/bulk-delete", {"messages": ["{own}", "1"]}, 400, 50034),
    Check("two messages", f"POST {IN}/messages/bulk-delete", {"messages": ["{own}", "{theirs}"]}, 204),
    Check("two, as a stranger", f"POST {IN}/messages/bulk-delete", {"messages": ["{own}", "{theirs}"]}, 403, 50013, who="mallory"),
    # Reactions and pins
    Check("a reaction", f"PUT {IN}/messages/{{theirs}}/reactions/%F0%9F%91%80/@me", None, 204),
    Check("a name for an emoji", f"PUT {IN}/messages/{{theirs}}/reactions/eyes/@me", None, 400, 10014),
    Check("an arrow that is no emoji", f"PUT {IN}/messages/{{theirs}}/reactions/%E2%86%92/@me", None, 400, 10014),
    Check("an unknown emoji of a guild", f"PUT {IN}/messages/{{theirs}}/reactions/x:123/@me", None, 400, 10014),
    Check("a pin without permission", f"PUT {IN}/messages/pins/{{own}}", None, 403, 50013, who="mallory"),
    Check("a pin", f"PUT {IN}/messages/pins/{{theirs}}", None, 204),
    Check("a pin by the old route", f"PUT {IN}/pins/{{theirs}}", None, 204),
    # Threads
    Check("a thread", f"POST {IN}/threads", {"name": "x", "type": 11}, 201),
    Check("a second thread of a message", f"POST {IN}/messages/{{own}}/threads", {"name": "x"}, 400, 160004),
    Check("a thread of a system message", f"POST {IN}/messages/{{notice}}/threads", {"name": "x"}, 403, 50021),
    Check("a thread without name", f"POST {IN}/threads", {"type": 11}, 400, 50035, "name", REQUIRED),
    Check("a name of 100", f"POST {IN}/threads", {"name": "x" * 100, "type": 11}, 201),
    Check("a name of 101", f"POST {IN}/threads", {"name": "x" * 101, "type": 11}, 400, 50035, "name", BAD),
    Check("an odd duration", f"POST {IN}/threads", {"name": "x", "auto_archive_duration": 61}, 400, 50035, "auto_archive_duration", ONE_OF),
    Check("three days", f"POST {IN}/threads", {"name": "x", "auto_archive_duration": 4320}, 201),
    Check("a slow mode of 21601", f"POST {IN}/threads", {"name": "x", "rate_limit_per_user": 21601}, 400, 50035, "rate_limit_per_user", "NUMBER_TYPE_MAX"),
    Check("a thread in a thread", "POST /channels/{thread}/threads", {"name": "x", "type": 11}, 400, 50024),
    Check("posting in the archive", "POST /channels/{archived}/messages", {"content": "x"}, 200),
    Check("posting in a locked thread", "POST /channels/{locked}/messages", {"content": "x"}, 403, 160005, who="ben"),
    Check("posting in a locked thread as its keeper", "POST /channels/{locked}/messages", {"content": "x"}, 200),
    Check("editing in the archive", "PATCH /channels/{archived}/messages/{archived_message}", {"content": "x"}, 400, 50083),
    Check("reacting in the archive", "PUT /channels/{archived}/messages/{archived_message}/reactions/%F0%9F%91%80/@me", None, 400, 50083),
    Check("joining in the archive", "PUT /channels/{archived}/thread-members/@me", None, 400, 50083),
    Check("pinning in the archive", "PUT /channels/{archived}/messages/pins/{archived_message}", None, 400, 50083),
    Check("deleting in the archive", "DELETE /channels/{archived}/messages/{archived_message}", None, 204),
    Check("renaming in the archive", "PATCH /channels/{archived}", {"name": "y"}, 400, 50083),
    Check("renaming out of the archive", "PATCH /channels/{archived}", {"name": "y", "archived": False}, 200),
    Check("renaming another's thread", "PATCH /channels/{thread}", {"name": "y"}, 403, 50013, who="ben"),
    Check("locking without permission", "PATCH /channels/{thread}", {"locked": True}, 403, 50013, who="mallory"),
    Check("anybody reopens", "PATCH /channels/{archived}", {"archived": False}, 200, who="ben"),
    Check("nobody reopens what is locked", "PATCH /channels/{locked}", {"archived": False}, 403, 50013, who="ben"),
    Check("deleting a thread without permission", "DELETE /channels/{thread}", None, 403, 50013, who="ben"),
    Check("one archived thread at a time", f"GET {IN}/threads/archived/public?limit=1", None, 400, 50035, "limit", "NUMBER_TYPE_MIN"),
    Check("private archives of others", f"GET {IN}/threads/archived/private", None, 403, 50013, who="ben"),
    Check("a forum post", "POST /channels/{forum}/threads", {"name": "x", "message": {"content": "x"}}, 201),
    Check("a forum post without message", "POST /channels/{forum}/threads", {"name": "x"}, 400, 50035, "message", "MODEL_TYPE_CONVERT"),
    Check("an empty forum post", "POST /channels/{forum}/threads", {"name": "x", "message": {}}, 400, 50006),
    Check("six tags of a forum post", "POST /channels/{forum}/threads", {"name": "x", "applied_tags": ["{tag}"] * 6, "message": {"content": "x"}}, 400, 50035, "applied_tags", MAX),
    Check("a guarded tag from its keeper", "POST /channels/{forum}/threads", {"name": "x", "applied_tags": ["{guarded}"], "message": {"content": "x"}}, 201),
    Check("a guarded tag from anybody", "POST /channels/{forum}/threads", {"name": "x", "applied_tags": ["{guarded}"], "message": {"content": "x"}}, 403, 50013, who="mallory"),
    Check("a tag of another forum", "POST /channels/{forum}/threads", {"name": "x", "applied_tags": ["1"], "message": {"content": "x"}}, 400, 50035, "applied_tags", "CHANNEL_TAG_INVALID"),
    Check("tags where there are none", "PATCH /channels/{thread}", {"applied_tags": ["{tag}"]}, 400, 50035, "applied_tags", "CHANNEL_TAG_INVALID"),
    Check("who opened a post tags it", "PATCH /channels/{post}", {"applied_tags": ["{tag}"], "name": "y"}, 200, who="mallory"),
    Check("who opened a post guards nothing", "PATCH /channels/{post}", {"applied_tags": ["{guarded}"]}, 403, 50013, who="mallory"),
    Check("who opened a post pins nothing", "PATCH /channels/{post}", {"flags": 2}, 403, 50013, who="mallory"),
    Check("tagging another's post", "PATCH /channels/{post}", {"applied_tags": ["{tag}"]}, 403, 50013, who="ben"),
    Check("locking in the archive", "PATCH /channels/{archived}", {"locked": True}, 400, 50083),
    Check("21 tags", "PATCH /channels/{forum}", {"available_tags": [{"name": str(n)} for n in range(21)]}, 400, 50035, "available_tags", MAX),
    Check("a tag of 21", "PATCH /channels/{forum}", {"available_tags": [{"name": "x" * 21}]}, 400, 50035, "available_tags.0.name", BAD),
    Check("two tags of one name", "PATCH /channels/{forum}", {"available_tags": [{"name": "x"}, {"name": "x"}]}, 400, 40061),
    Check("a tag that is not the forum's", "PATCH /channels/{forum}", {"available_tags": [{"name": "x", "id": "1"}]}, 404, 10087),
    Check("a tag's emoji that is none", "PATCH /channels/{forum}", {"available_tags": [{"name": "x", "emoji_name": "x"}]}, 400, 10014),
    Check("an emoji of no guild", "PATCH /channels/{forum}", {"default_reaction_emoji": {"emoji_id": "1"}}, 400, 10014),
    Check("a layout that is none", "PATCH /channels/{forum}", {"default_forum_layout": 3}, 400, 50035, "default_forum_layout", ONE_OF),
    Check("an order that is none", "PATCH /channels/{forum}", {"default_sort_order": 2}, 400, 50035, "default_sort_order", ONE_OF),
    Check("tags without permission", "PATCH /channels/{forum}", {"available_tags": []}, 403, 50013, who="ben"),
    Check("required tags that nobody may set", "PATCH /channels/{forum}", {"flags": 16, "available_tags": [{"name": "x", "moderated": True}]}, 400, 40066),
    Check("a forum's topic of 4096", "PATCH /channels/{forum}", {"topic": "x" * 4096}, 200),
    # Channels
    Check("a channel's name of 101", f"PATCH {IN}", {"name": "x" * 101}, 400, 50035, "name", BAD),
    Check("a topic of 1025", f"PATCH {IN}", {"topic": "x" * 1025}, 400, 50035, "topic", MAX),
    Check("changing a channel without permission", f"PATCH {IN}", {"name": "x"}, 403, 50013, who="ben"),
    Check("a category that is none", f"PATCH {IN}", {"parent_id": "{random}"}, 400, 50035, "parent_id", "CHANNEL_PARENT_INVALID"),
    Check("making a channel without permission", "POST /guilds/{guild}/channels", {"name": "x"}, 403, 50013, who="mallory"),
    Check("an overwrite of an unknown role", f"PUT {IN}/permissions/1", {"type": 0}, 404, 10009),
    Check("an overwrite without type", f"PUT {IN}/permissions/{{guild}}", {}, 400, 50035, "type", REQUIRED),
    Check("an overwrite without permission", f"PUT {IN}/permissions/{{guild}}", {"type": 0}, 403, 50013, who="ben"),
    Check("deleting an overwrite that is not", f"DELETE {IN}/permissions/{{guild}}", None, 404, 10009),
    Check("a DM with oneself", "POST /users/@me/channels", {"recipient_id": "{app}"}, 400, 50033),
    Check("a DM with nobody known", "POST /users/@me/channels", {"recipient_id": "1"}, 404, 10013),
    # Members
    Check("a time-out of 29 days", "PATCH /guilds/{guild}/members/{mallory}", {"communication_disabled_until": "2999-01-01T00:00:00Z"}, 400, 50035, "communication_disabled_until", "BASE_TYPE_MAX"),
    Check("a time-out until no time", "PATCH /guilds/{guild}/members/{mallory}", {"communication_disabled_until": "later"}, 400, 50035, "communication_disabled_until", "DATETIME_TYPE_CONVERT"),
    Check("a time-out without permission", "PATCH /guilds/{guild}/members/{mallory}", {"communication_disabled_until": None}, 403, 50013, who="ben"),
    Check("a time-out of the owner", "PATCH /guilds/{guild}/members/{ada}", {"communication_disabled_until": "2020-01-01T00:00:00Z"}, 403, 50013),
    Check("the end of a time-out that was not", "PATCH /guilds/{guild}/members/{mallory}", {"communication_disabled_until": None}, 200),
    Check("rules of moderation without permission", "GET /guilds/{guild}/auto-moderation/rules", None, 403, 50013),
    Check("a rule without action", "POST /guilds/{guild}/auto-moderation/rules", {"name": "r", "event_type": 1, "trigger_type": 1}, 400, 50035, "actions", BAD, "ada"),
    Check("a rule of a kind that is not here", "POST /guilds/{guild}/auto-moderation/rules", {"name": "r", "event_type": 1, "trigger_type": 4}, 400, 50035, "trigger_type", ONE_OF, "ada"),
    Check("a keyword of 61", "PATCH /guilds/{guild}/auto-moderation/rules/{rule}", {"trigger_metadata": {"keyword_filter": ["x" * 61]}}, 400, 50035, "trigger_metadata.keyword_filter.0", BAD, "ada"),
    Check("an unknown rule", "GET /guilds/{guild}/auto-moderation/rules/1", None, 404, 0, who="ada"),
    # Webhooks
    Check("a webhook without permission", f"POST {IN}/webhooks", {"name": "x"}, 403, 50013, who="ben"),
    Check("a webhook named after Discord", f"POST {IN}/webhooks", {"name": "My Discord"}, 400, 50035, "name", "USERNAME_INVALID_CONTAINS"),
    Check("a webhook named after Clyde", f"POST {IN}/webhooks", {"name": "clydeside"}, 400, 50035, "name", "USERNAME_INVALID_CONTAINS"),
    Check("a webhook's name of 81", f"POST {IN}/webhooks", {"name": "x" * 81}, 400, 50035, "name", BAD),
    Check("a webhook in a thread", "POST /channels/{thread}/webhooks", {"name": "x"}, 400, 50024),
    Check("a post without wait", "POST /webhooks/{hook}", {"content": "x"}, 204, who=None),
    Check("a post with wait=1", "POST /webhooks/{hook}?wait=1", {"content": "x"}, 200, who=None),
    Check("a wrong token", "POST /webhooks/{hook_id}/x", {"content": "x"}, 401, 50027, who=None),
    Check("an unknown webhook", "POST /webhooks/1/x", {"content": "x"}, 404, 10015, who=None),
    Check("an empty post", "POST /webhooks/{hook}?wait=true", {}, 400, 50006, who=None),
    Check("a forbidden username", "POST /webhooks/{hook}?wait=true", {"content": "x", "username": "discord"}, 400, 50035, "username", "USERNAME_INVALID_CONTAINS", None),
    Check("a post into a thread", "POST /webhooks/{hook}?wait=true&thread_id={archived}", {"content": "x"}, 200, who=None),
    Check("a post into another's thread", "POST /webhooks/{forum_hook}?wait=true&thread_id={thread}", {"content": "x"}, 404, 10003, who=None),
    Check("a thread_name where there are no posts", "POST /webhooks/{hook}?wait=true", {"content": "x", "thread_name": "x"}, 400, 220003, who=None),
    Check("a forum without thread_name", "POST /webhooks/{forum_hook}?wait=true", {"content": "x"}, 400, 220001, who=None),
    Check("a forum with both", "POST /webhooks/{forum_hook}?wait=true&thread_id={post}", {"content": "x", "thread_name": "x"}, 400, 220002, who=None),
    Check("a forum with thread_name", "POST /webhooks/{forum_hook}?wait=true", {"content": "x", "thread_name": "x"}, 200, who=None),
    Check("another's message by webhook", "PATCH /webhooks/{hook}/messages/{own}", {"content": "x"}, 404, 10008, who=None),
    # Commands
    Check("a command", f"POST {COMMANDS}", command(), 201),
    Check("a command again", f"POST {COMMANDS}", command(name="status"), 200),
    Check("100 commands", f"PUT {COMMANDS}", many(100), 200),
    Check("101 commands", f"PUT {COMMANDS}", many(101), 400, 30032),
    Check("16 for users", f"PUT {COMMANDS}", many(16, 2), 400, 30032),
    Check("16 for messages", f"PUT {COMMANDS}", many(16, 3), 400, 30032),
    Check("two of one name", f"PUT {COMMANDS}", [command(), command()], 400, 50035, "1.name", "APPLICATION_COMMANDS_DUPLICATE_NAME"),
    Check("an unknown command", f"GET {COMMANDS}/1", None, 404, 10063),
    Check("another's application", "GET /applications/1/commands", None, 403, 20012),
    Check("upper case", f"POST {COMMANDS}", command(name="Go"), 400, 50035, "name", NAME),
    Check("a space", f"POST {COMMANDS}", command(name="go on"), 400, 50035, "name", NAME),
    Check("letters of any language", f"POST {COMMANDS}", command(name="größe-2"), 201),
    Check("a name of 33", f"POST {COMMANDS}", command(name="x" * 33), 400, 50035, "name", BAD),
    Check("no description", f"POST {COMMANDS}", {"name": "go"}, 400, 50035, "description", REQUIRED),
    Check("a description of 101", f"POST {COMMANDS}", command(description="x" * 101), 400, 50035, "description", BAD),
    Check("26 options", f"POST {COMMANDS}", command(options=[OPTION | {"name": f"o{n}"} for n in range(26)]), 400, 50035, "options", MAX),
    Check("26 choices", f"POST {COMMANDS}", command(options=[OPTION | {"choices": [{"name": str(n), "value": str(n)} for n in range(26)]}]), 400, 50035, "options.0.choices", MAX),
    Check("a choice of 101", f"POST {COMMANDS}", command(options=[OPTION | {"choices": [{"name": "x" * 101, "value": "x"}]}]), 400, 50035, "options.0.choices.0.name", BAD),
    Check("choices and autocomplete", f"POST {COMMANDS}", command(options=[OPTION | {"autocomplete": True, "choices": [{"name": "x", "value": "x"}]}]), 400, 50035, "options.0", "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE_INVALID"),
    Check("required after optional", f"POST {COMMANDS}", command(options=[OPTION, OPTION | {"name": "p", "required": True}]), 400, 50035, "options.1", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"),
    Check("an option twice", f"POST {COMMANDS}", command(options=[OPTION, OPTION]), 400, 50035, "options.1", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
    Check("a menu with options", f"POST {COMMANDS}", {"type": 3, "name": "Go", "options": [OPTION]}, 400, 50035, "options", "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_CANNOT_BE_SET"),
    Check("a place twice", f"POST {COMMANDS}", command(contexts=[0, 0]), 400, 50035, "contexts.1", "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    Check("an unknown place", f"POST {COMMANDS}", command(contexts=[7]), 400, 50035, "contexts.0", ONE_OF),
    Check("permissions that are no number", f"POST {COMMANDS}", command(default_member_permissions="all"), 400, 50035, "default_member_permissions", "NUMBER_TYPE_COERCE"),
    Check("a translation of 33", f"POST {COMMANDS}", command(name_localizations={"de": "x" * 33}), 400, 50035, "name_localizations.de", BAD),
    Check("a least value that is no number", f"POST {COMMANDS}", command(options=[OPTION | {"type": 4, "min_value": "1"}]), 400, 50035, "options.0.min_value", "NUMBER_TYPE_COERCE"),
    Check("8001 characters", f"POST {COMMANDS}", command(options=[OPTION | {"name": f"o{n}", "description": "x" * 100, "choices": [{"name": "n" * 100, "value": "v" * 97 + str(k)} for k in range(3)]} for n in range(14)]), 400, 50035, "", "APPLICATION_COMMAND_TOO_LARGE"),
    # Interactions
    Check("an unknown interaction", "POST /interactions/1/x/callback", {"type": 4}, 404, 10062, who=None),
    Check("a follow-up to nothing", "POST /webhooks/{app}/x", {"content": "x"}, 401, 50027, who=None),
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_request_is_answered_as_discord_answers_it(place: Raw, check: Check) -> None:
    if "{category}" in check.request:
        channels = await place.ok("GET", f"/guilds/{place.ids['guild']}/channels")
        place.ids["category"] = next(c["id"] for c in channels if c["type"] == 4)
    method, path = check.request.format_map(place.ids).split(" ")
    answer = await place(method, path, fill(check.body, place.ids), who=check.who)
    assert answer.status == check.status, answer.body
    if check.code is not None:
        assert answer.code == check.code, answer.body
    if check.place is not None:
        assert answer.error(check.place) == check.error, answer.body
