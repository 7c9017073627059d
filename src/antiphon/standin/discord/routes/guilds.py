"""Routes of the guild, its members and roles."""

from __future__ import annotations

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, form_error, refusal
from antiphon.standin.discord.payloads.guilds import guild_create, guild_json
from antiphon.standin.discord.payloads.users import member_json, role_json
from antiphon.standin.discord.permissions import require_in_guild
from antiphon.standin.discord.router import Route
from antiphon.standin.discord.rules.members import LONGEST_TIME_OUT, tell_member, time_out
from antiphon.standin.discord.rules.threads import rights_change
from antiphon.standin.discord.state import Guild, Member, Role, User
from antiphon.standin.discord.wire import Call, Fields, Reply, ids

_MEMBERS_FLAGS = 1 << 14 | 1 << 15


def _guild(backend: Backend, call: Call, needed: int = 0) -> Guild:
    guild = backend.world.guild(call.args["guild"])
    require_in_guild(guild, call.actor, needed)
    return guild


def get_guild(backend: Backend, call: Call) -> Json:
    guild = _guild(backend, call)
    body = guild_json(guild)
    if call.flag("with_counts"):
        body |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return body


def _shown(backend: Backend, member: Member) -> Json:
    return member_json(member, backend.world.users[member.user_id])


def get_member(backend: Backend, call: Call) -> Json:
    guild = _guild(backend, call)
    return _shown(backend, backend.world.member(guild, call.args["user"]))


def list_members(backend: Backend, call: Call) -> list[Json]:
    guild = _guild(backend, call)
    if call.actor.bot and not backend.world.application.flags & _MEMBERS_FLAGS:
        raise refusal(50001)
    limit = call.number("limit", 1, 1, 1000)
    after = call.number("after", 0, 0, (1 << 63) - 1)
    found = sorted((m for m in guild.members.values() if int(m.user_id) > after), key=lambda m: int(m.user_id))
    return [_shown(backend, m) for m in found[:limit]]


def search_members(backend: Backend, call: Call) -> list[Json]:
    guild = _guild(backend, call)
    query = call.query.get("query", "").lower()
    if not query:
        raise form_error("query", "BASE_TYPE_REQUIRED", "This field is required")
    limit = call.number("limit", 1, 1, 1000)
    users = backend.world.users
    found = [
        m
        for m in guild.members.values()
        if users[m.user_id].name.lower().startswith(query) or (m.nick or "").lower().startswith(query)
    ]
    return [_shown(backend, m) for m in found[:limit]]


def modify_member(backend: Backend, call: Call) -> Json:
    own = call.args.get("user", call.actor.id) == call.actor.id
    body = call.form()
    form = Form()
    fields = Fields(body, form)
    nick = fields.text("nick", 32)
    silent_until = fields.instant("communication_disabled_until")
    if silent_until is not None and silent_until > backend.clock() + LONGEST_TIME_OUT:
        form.add("communication_disabled_until", "BASE_TYPE_MAX", "At most 28 days from now.")
    form.finish()
    needed = permissions.CHANGE_NICKNAME if own else permissions.MANAGE_NICKNAMES
    guild = _guild(backend, call, needed if "nick" in body else 0)
    member = backend.world.member(guild, call.args.get("user", call.actor.id))
    if "communication_disabled_until" in body:
        require_in_guild(guild, call.actor, permissions.MODERATE_MEMBERS)
    roles = None
    if "roles" in body:
        require_in_guild(guild, call.actor, permissions.MANAGE_ROLES)
        roles = list(dict.fromkeys(_role(guild, r).id for r in ids(body["roles"], "roles")))
    if "communication_disabled_until" in body:
        time_out(backend, guild, member, silent_until)
    member.roles = member.roles if roles is None else roles
    member.nick = (nick or None) if "nick" in body else member.nick
    tell_member(backend, guild, member)
    return _shown(backend, member)


def kick(backend: Backend, call: Call) -> None:
    guild = _guild(backend, call, permissions.KICK_MEMBERS)
    member = backend.world.member(guild, call.args["user"])
    remove_from_guild(backend, guild, member)


def remove_from_guild(backend: Backend, guild: Guild, member: Member) -> None:
    """Takes somebody out; to them the guild is deleted (without `unavailable`, which would mean an outage)."""
    user = backend.world.users[member.user_id]
    backend.gateway.to_user(user.id, "GUILD_DELETE", {"id": guild.id})
    del guild.members[user.id]
    body: Json = {"guild_id": guild.id, "user": member_json(member, user)["user"]}
    backend.gateway.to_guild(guild.id, "GUILD_MEMBER_REMOVE", body)


def add_member(backend: Backend, call: Call) -> Reply:
    """A person with MANAGE_GUILD brings somebody back, as an invite link does."""
    guild = _guild(backend, call, permissions.MANAGE_GUILD)
    user = backend.world.user(call.args["user"])
    if user.id in guild.members:
        return Reply(204)
    return Reply(201, _shown(backend, join(backend, guild, user)))


def join(backend: Backend, guild: Guild, user: User) -> Member:
    """Lets somebody in, and tells them and everybody."""
    member = guild.members[user.id] = Member(user.id, backend.clock())
    if user.bot:
        member.roles = [role.id for role in guild.roles.values() if role.managed_by == user.id]
    for session in backend.gateway.sessions.values():
        if session.user is user:
            created = guild_create(backend.world, guild, user, everyone=not user.bot)
            # Only after an outage or at a login does `unavailable` come along; discord.py tells a join by that.
            del created["unavailable"]
            backend.gateway.to_user(user.id, "GUILD_CREATE", created)
            break
    backend.gateway.to_guild(guild.id, "GUILD_MEMBER_ADD", _shown(backend, member) | {"guild_id": guild.id})
    return member


def leave(backend: Backend, call: Call) -> None:
    guild = _guild(backend, call)
    remove_from_guild(backend, guild, guild.members[call.actor.id])


def _role(guild: Guild, role_id: str) -> Role:
    role = guild.roles.get(role_id)
    if role is None:
        raise refusal(10011)
    return role


def _change_role(backend: Backend, call: Call, *, add: bool) -> None:
    guild = _guild(backend, call, permissions.MANAGE_ROLES)
    member = backend.world.member(guild, call.args["user"])
    role = _role(guild, call.args["role"])
    with rights_change(backend, backend.world.guild_channels(guild.id)):
        if add and role.id not in member.roles:
            member.roles.append(role.id)
        elif not add and role.id in member.roles:
            member.roles.remove(role.id)
        tell_member(backend, guild, member)


def give_role(backend: Backend, call: Call) -> None:
    _change_role(backend, call, add=True)


def take_role(backend: Backend, call: Call) -> None:
    _change_role(backend, call, add=False)


def list_roles(backend: Backend, call: Call) -> list[Json]:
    return [role_json(role) for role in _guild(backend, call).roles.values()]


def get_role(backend: Backend, call: Call) -> Json:
    return role_json(_role(_guild(backend, call), call.args["role"]))


def _fill_role(role: Role, body: Json) -> None:
    form = Form()
    fields = Fields(body, form)
    name = fields.text("name", 100)
    bits = fields.number("permissions", 0, permissions.ALL)
    color = fields.number("color", 0, 0xFFFFFF)
    hoist, mentionable = fields.boolean("hoist"), fields.boolean("mentionable")
    form.finish()
    role.name = name or role.name
    role.permissions = role.permissions if bits is None else bits
    role.color = role.color if color is None else color
    role.hoist = role.hoist if hoist is None else hoist
    role.mentionable = role.mentionable if mentionable is None else mentionable


def create_role(backend: Backend, call: Call) -> Json:
    guild = _guild(backend, call, permissions.MANAGE_ROLES)
    everyone = guild.roles[guild.id].permissions
    role = Role(backend.snowflakes.next(), "new role", everyone, 1)
    _fill_role(role, call.form())
    guild.roles[role.id] = role
    return _tell_role(backend, guild, role, "GUILD_ROLE_CREATE")


def modify_role(backend: Backend, call: Call) -> Json:
    guild = _guild(backend, call, permissions.MANAGE_ROLES)
    role = _role(guild, call.args["role"])
    with rights_change(backend, backend.world.guild_channels(guild.id)):
        _fill_role(role, call.form())
        return _tell_role(backend, guild, role, "GUILD_ROLE_UPDATE")


def _tell_role(backend: Backend, guild: Guild, role: Role, event: str) -> Json:
    backend.gateway.to_guild(guild.id, event, {"guild_id": guild.id, "role": role_json(role)})
    return role_json(role)


def delete_role(backend: Backend, call: Call) -> None:
    guild = _guild(backend, call, permissions.MANAGE_ROLES)
    role = _role(guild, call.args["role"])
    if role.id == guild.id or role.managed_by is not None:
        raise refusal(50013)
    del guild.roles[role.id]
    for member in guild.members.values():
        if role.id in member.roles:
            member.roles.remove(role.id)
    backend.gateway.to_guild(guild.id, "GUILD_ROLE_DELETE", {"guild_id": guild.id, "role_id": role.id})


_MEMBER = "/guilds/:guild/members/:user"
ROUTES = (
    Route("GET", "/guilds/:guild", get_guild),
    Route("GET", "/guilds/:guild/members", list_members),
    Route("GET", "/guilds/:guild/members/search", search_members),
    Route("GET", _MEMBER, get_member),
    Route("PATCH", _MEMBER, modify_member),
    Route("PATCH", "/guilds/:guild/members/@me", modify_member),
    Route("PUT", _MEMBER, add_member),
    Route("DELETE", _MEMBER, kick),
    Route("PUT", f"{_MEMBER}/roles/:role", give_role),
    Route("DELETE", f"{_MEMBER}/roles/:role", take_role),
    Route("GET", "/guilds/:guild/roles", list_roles),
    Route("POST", "/guilds/:guild/roles", create_role),
    Route("GET", "/guilds/:guild/roles/:role", get_role),
    Route("PATCH", "/guilds/:guild/roles/:role", modify_role),
    Route("DELETE", "/guilds/:guild/roles/:role", delete_role),
    Route("DELETE", "/users/@me/guilds/:guild", leave),
)
