"""Routes of automatic moderation (D resources/auto-moderation). Keyword rules alone, which block or time out: the local
Discord has no lists of its own, and tells no channel of what it blocked."""

from __future__ import annotations

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import DiscordError, Form, Json, form_error
from antiphon.standin.discord.permissions import MANAGE_GUILD, MODERATE_MEMBERS, require_in_guild
from antiphon.standin.discord.router import Route
from antiphon.standin.discord.rules.members import LONGEST_TIME_OUT
from antiphon.standin.discord.rules.moderation import BLOCK, KEYWORD, TIME_OUT, tell_moderators
from antiphon.standin.discord.state import AutoModRule, Guild
from antiphon.standin.discord.wire import Call, Fields, as_object, ids, objects

_MESSAGE_SEND = 1  # event type
_RULES, _KEYWORDS, _ALLOWED, _LONGEST = 6, 1000, 100, 60
_EXEMPT_ROLES, _EXEMPT_CHANNELS, _ACTIONS = 20, 50, 5


def _guild(backend: Backend, call: Call) -> Guild:
    guild = backend.world.guild(call.args["guild"])
    require_in_guild(guild, call.actor, MANAGE_GUILD)
    return guild


def _rule(backend: Backend, call: Call) -> tuple[Guild, AutoModRule]:
    guild = _guild(backend, call)
    rule = guild.rules.get(call.args["rule"])
    if rule is None:
        raise DiscordError(404, 0, "404: Not Found")  # U: D has no code for it
    return guild, rule


def _shown(guild: Guild, rule: AutoModRule) -> Json:
    return {
        "id": rule.id,
        "guild_id": guild.id,
        "creator_id": rule.creator_id,
        "name": rule.name,
        "event_type": _MESSAGE_SEND,
        "trigger_type": KEYWORD,
        "trigger_metadata": {
            "keyword_filter": list(rule.keywords),
            "regex_patterns": [],
            "allow_list": list(rule.allowed),
        },
        "actions": list(rule.actions),
        "enabled": rule.enabled,
        "exempt_roles": list(rule.exempt_roles),
        "exempt_channels": list(rule.exempt_channels),
    }


def _words(fields: Fields, name: str, most: int) -> tuple[str, ...]:
    found: list[str] = []
    for n, item in enumerate(fields.items(name, most)):
        path = f"{fields.path(name)}.{n}"
        if not isinstance(item, str) or not len(item.strip("*")) >= 1 or len(item) > _LONGEST:
            fields.form.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_LONGEST} in length.")
        else:
            found.append(item)
    return tuple(found)


def _actions(guild: Guild, call: Call, raw: object) -> tuple[Json, ...]:
    found: list[Json] = []
    for n, one in enumerate(objects(raw, "actions")):
        form = Form()
        fields = Fields(one, form, f"actions.{n}")
        kind = fields.choice("type", (BLOCK, TIME_OUT))
        if "type" not in one:
            form.add(fields.path("type"), "BASE_TYPE_REQUIRED", "This field is required")
        path = fields.path("metadata")
        about = Fields(as_object(one.get("metadata") or {}, path), form, path)
        words = about.text("custom_message", 150)
        seconds = about.number("duration_seconds", 0, LONGEST_TIME_OUT)
        form.finish()
        if kind == TIME_OUT:
            require_in_guild(guild, call.actor, MODERATE_MEMBERS)
            found.append({"type": kind, "metadata": {"duration_seconds": seconds or 0}})
        else:
            found.append({"type": BLOCK, "metadata": {"custom_message": words} if words else {}})
    if not 1 <= len(found) <= _ACTIONS:
        raise form_error("actions", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_ACTIONS} in length.")
    return tuple(found)


def _exempt(body: Json, name: str, most: int) -> tuple[str, ...]:
    found = ids(body.get(name), name)
    if len(found) > most:
        raise form_error(name, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    return tuple(dict.fromkeys(found))


def _fill(guild: Guild, call: Call, rule: AutoModRule, body: Json, *, required: bool) -> None:
    """What the body names; nothing of it where something is wrong."""
    form = Form()
    fields = Fields(body, form)
    name = fields.text("name", 100, shortest=1, required=required)
    enabled = fields.boolean("enabled")
    fields.choice("event_type", (_MESSAGE_SEND,))
    fields.choice("trigger_type", (KEYWORD,))
    for needed in ("event_type", "trigger_type") if required else ():
        if needed not in body:
            form.add(needed, "BASE_TYPE_REQUIRED", "This field is required")
    about = Fields(as_object(body.get("trigger_metadata") or {}, "trigger_metadata"), form, "trigger_metadata")
    keywords, allowed = _words(about, "keyword_filter", _KEYWORDS), _words(about, "allow_list", _ALLOWED)
    if about.items("regex_patterns", 10):
        form.add("trigger_metadata.regex_patterns", "BASE_TYPE_CHOICES", "The local Discord has no Rust to match with.")
    form.finish()
    actions = _actions(guild, call, body.get("actions")) if required or "actions" in body else rule.actions
    roles = _exempt(body, "exempt_roles", _EXEMPT_ROLES) if "exempt_roles" in body else rule.exempt_roles
    places = _exempt(body, "exempt_channels", _EXEMPT_CHANNELS) if "exempt_channels" in body else rule.exempt_channels
    rule.name = name or rule.name
    rule.enabled = rule.enabled if enabled is None else enabled
    if body.get("trigger_metadata") is not None:
        rule.keywords, rule.allowed = keywords, allowed
    rule.actions, rule.exempt_roles, rule.exempt_channels = actions, roles, places


def list_rules(backend: Backend, call: Call) -> list[Json]:
    guild = _guild(backend, call)
    return [_shown(guild, rule) for rule in guild.rules.values()]


def get_rule(backend: Backend, call: Call) -> Json:
    return _shown(*_rule(backend, call))


def create_rule(backend: Backend, call: Call) -> Json:
    guild = _guild(backend, call)
    if len(guild.rules) >= _RULES:
        # U: the code; D gives the number alone.
        raise form_error("trigger_type", "AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED", "Max rules of type exceeded")
    rule = AutoModRule(backend.snowflakes.next(), "", call.actor.id)
    _fill(guild, call, rule, call.form(), required=True)
    guild.rules[rule.id] = rule
    tell_moderators(backend, guild, "AUTO_MODERATION_RULE_CREATE", _shown(guild, rule))
    return _shown(guild, rule)


def modify_rule(backend: Backend, call: Call) -> Json:
    guild, rule = _rule(backend, call)
    _fill(guild, call, rule, call.form(), required=False)
    tell_moderators(backend, guild, "AUTO_MODERATION_RULE_UPDATE", _shown(guild, rule))
    return _shown(guild, rule)


def delete_rule(backend: Backend, call: Call) -> None:
    guild, rule = _rule(backend, call)
    del guild.rules[rule.id]
    tell_moderators(backend, guild, "AUTO_MODERATION_RULE_DELETE", _shown(guild, rule))


_BASE, _ONE = "/guilds/:guild/auto-moderation/rules", "/guilds/:guild/auto-moderation/rules/:rule"
ROUTES = (
    Route("GET", _BASE, list_rules),
    Route("POST", _BASE, create_rule),
    Route("GET", _ONE, get_rule),
    Route("PATCH", _ONE, modify_rule),
    Route("DELETE", _ONE, delete_rule),
)
