"""What Discord says of a bot, its application and its servers, as far as a bridge depends on it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from antiphon.agent.json_values import array, mapping, mappings
from antiphon.chat.kinds import KINDS
from antiphon.chat.permissions import VIEW_CHANNELS
from antiphon.doctor.discord_api import DiscordApi, RequestRefused
from antiphon.doctor.rights import Overwrite, channel_rights

# Flags of an application (Discord's API documentation, Application Flags): the intent of a verified app, and of others.
MESSAGE_CONTENT, MESSAGE_CONTENT_LIMITED = 1 << 18, 1 << 19


@dataclass(frozen=True, slots=True)
class BotFacts:
    """The bot and its application. `owners`: names by id; `invites_with`: what its plain invitation asks for (None:
    nothing is set)."""

    id: int
    name: str
    application: int
    flags: int
    owners: Mapping[int, str]
    invites_with: int | None = None

    @property
    def reads_messages(self) -> bool:
        """Whether Message Content Intent is on."""
        return bool(self.flags & (MESSAGE_CONTENT | MESSAGE_CONTENT_LIMITED))


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """`rights`: what the bot may do in it; `by_roles`: what its roles alone give it."""

    id: int
    name: str
    kind: int
    rights: int
    by_roles: int
    slow: int = 0
    tags: tuple[str, ...] = ()

    @property
    def is_seen(self) -> bool:
        return bool(self.rights & VIEW_CHANNELS.bit)


@dataclass(frozen=True, slots=True)
class GuildFacts:
    """A server. `role`: the bot's own one."""

    id: int
    name: str
    role: str
    channels: tuple[ChannelFacts, ...]


async def bot_facts(api: DiscordApi) -> BotFacts:
    """Two requests. Raises what DiscordApi does; BadToken where the token is none."""
    me = mapping(await api.get("/users/@me"))
    about = mapping(await api.get("/applications/@me"))
    return bot_of(me, about)


def bot_of(me: Mapping[str, Any], about: Mapping[str, Any]) -> BotFacts:
    """From Discord's answers."""
    params = mapping(about.get("install_params"))
    return BotFacts(
        _number(me.get("id")),
        str(me.get("global_name") or me.get("username") or "?"),
        _number(about.get("id")),
        _number(about.get("flags")),
        {one: name for one, name in _owners(about) if one},
        _number(params.get("permissions")) if params else None,
    )


async def guild_names(api: DiscordApi) -> dict[int, str]:
    """The servers that the bot is in, at most two hundred."""
    found = mappings(await api.get("/users/@me/guilds"))
    return {_number(one.get("id")): str(one.get("name", "?")) for one in found}


async def guild_facts(api: DiscordApi, guild: int, me: int) -> GuildFacts:
    """A server with its channels and what the bot may do in each. Three requests."""
    about = mapping(await api.get(f"/guilds/{guild}"))
    member = mapping(await api.get(f"/guilds/{guild}/members/{me}"))
    channels = mappings(await api.get(f"/guilds/{guild}/channels"))
    roles = {_number(one.get("id")): one for one in mappings(about.get("roles"))}
    mine = [one for one in map(_number, array(member.get("roles"))) if one in roles]
    given = {id_: _number(role.get("permissions")) for id_, role in roles.items()}
    own = next((str(roles[one].get("name")) for one in mine if roles[one].get("managed")), "its own role")
    owner = _number(about.get("owner_id")) == me

    def rights(overwrites: Iterable[Overwrite]) -> int:
        return channel_rights(given, mine, (guild, me), overwrites, owns=owner)

    by_roles = rights(())
    found = [_channel(one, rights(_overwrites(one)), by_roles) for one in channels]
    return GuildFacts(guild, str(about.get("name", "?")), own, tuple(one for one in found if one is not None))


async def people_named(api: DiscordApi, guild: int, name: str) -> dict[int, str]:
    """Members whose name begins so, at most ten."""
    try:
        found = mappings(await api.get(f"/guilds/{guild}/members/search", query=name[:32], limit="10"))
    except RequestRefused:
        return {}
    people: dict[int, str] = {}
    for one in found:
        user = mapping(one.get("user"))
        if not user.get("bot"):
            shown = one.get("nick") or user.get("global_name") or user.get("username") or "?"
            people[_number(user.get("id"))] = f"{shown} ({user.get('username')})"
    return people


def _channel(one: Mapping[str, Any], rights: int, by_roles: int) -> ChannelFacts | None:
    kind = _number(one.get("type"))
    if kind not in KINDS:
        return None
    tags = tuple(str(tag.get("name")) for tag in mappings(one.get("available_tags")))
    slow = _number(one.get("rate_limit_per_user"))
    return ChannelFacts(_number(one.get("id")), str(one.get("name", "?")), kind, rights, by_roles, slow, tags)


def _overwrites(channel: Mapping[str, Any]) -> list[Overwrite]:
    return [
        Overwrite(_number(one.get("id")), _number(one.get("allow")), _number(one.get("deny")))
        for one in mappings(channel.get("permission_overwrites"))
    ]


def _owners(about: Mapping[str, Any]) -> Sequence[tuple[int, str]]:
    """A team's members own its application together (Discord's API documentation, Teams)."""
    team = mapping(about.get("team"))
    users = [mapping(one.get("user")) for one in mappings(team.get("members"))] or [mapping(about.get("owner"))]
    return [(_number(one.get("id")), str(one.get("global_name") or one.get("username") or "?")) for one in users]


def _number(value: object) -> int:
    """An id, or bits: Discord writes both as strings. 0: it is none."""
    with suppress(ValueError, TypeError):
        return int(cast("Any", value))
    return 0
