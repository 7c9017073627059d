"""The server that every local Discord starts with. Ids and tokens are the same in every run."""

from __future__ import annotations

import time

from antiphon.standin.discord import permissions
from antiphon.standin.discord.ids import Clock, created_at, fixed_id
from antiphon.standin.discord.state import (
    CATEGORY,
    TEXT,
    Application,
    Channel,
    Guild,
    Member,
    Role,
    Sticker,
    StickerPack,
    User,
    World,
)

GUILD_ID = fixed_id(1)
# The first has the id of the example in D resources/sticker.
STANDARD_STICKERS = {"749054660769218631": "Wave", fixed_id(510): "Nod"}
HARMFUL_HOST = "harmful.example"
_NO_PICTURE = b'{"v":"5.5.7","fr":1,"ip":0,"op":1,"layers":[]}'
_LOTTIE = 3  # what Discord's own stickers are made in
PERSON_NAMES = ("ada", "ben", "mallory")
CHANNEL_NAMES = ("general", "random")

# The developer portal's three switches, on, as a bot in fewer than 100 servers has them (flags *_LIMITED).
LIMITED_INTENT_FLAGS = 1 << 13 | 1 << 15 | 1 << 19


def new_world(bot_permissions: int, clock: Clock = time.time) -> World:
    """One guild with an owner who is also the application's, a member, a stranger, and the bot `antiphon`, whose role
    has these permissions."""
    application_id = fixed_id(100)
    bot = User(application_id, "antiphon", f"standin.{application_id}.bot", bot=True)
    people = [
        User(fixed_id(200 + number), name, f"standin.{name}.person", display_name=name.title())
        for number, name in enumerate(PERSON_NAMES)
    ]
    ada, ben, mallory = people
    world = World(Application(application_id, "antiphon", ada.id, bot.id, LIMITED_INTENT_FLAGS))
    world.users = {user.id: user for user in (bot, *people)}
    created = created_at(GUILD_ID)
    guild = Guild(GUILD_ID, "Antiphon stand-in", ada.id, clock)
    admin = Role(fixed_id(303), "admin", permissions.ADMINISTRATOR, 3, color=0xE67E22)
    builders = Role(fixed_id(302), "builders", permissions.EVERYONE_DEFAULT, 2, color=0x3498DB, mentionable=True)
    bot_role = Role(fixed_id(301), "antiphon", bot_permissions, 1, managed_by=bot.id)
    everyone = Role(GUILD_ID, "@everyone", permissions.EVERYONE_DEFAULT, 0)
    guild.roles = {role.id: role for role in (everyone, bot_role, builders, admin)}
    guild.members = {
        bot.id: Member(bot.id, created, [bot_role.id]),
        ada.id: Member(ada.id, created, [builders.id, admin.id]),
        ben.id: Member(ben.id, created, [builders.id]),
        mallory.id: Member(mallory.id, created),
    }
    world.guilds[guild.id] = guild
    category = Channel(fixed_id(400), CATEGORY, "text channels", guild.id, 0)
    channels = [
        Channel(fixed_id(401 + number), TEXT, name, guild.id, number, parent_id=category.id)
        for number, name in enumerate(CHANNEL_NAMES)
    ]
    world.channels = {channel.id: channel for channel in (category, *channels)}
    world.harmful_hosts = {HARMFUL_HOST}
    _add_standard_stickers(world)
    world.commands[None] = {}
    world.commands[guild.id] = {}
    return world


def _add_standard_stickers(world: World) -> None:
    """The stickers that Discord offers everybody; no picture of them moves here."""
    pack = StickerPack(fixed_id(500), fixed_id(501), "Gestures", "What hands and heads say")
    world.sticker_packs[pack.id] = pack
    for number, (identity, name) in enumerate(STANDARD_STICKERS.items()):
        sticker = Sticker(identity, name, None, name.lower(), _LOTTIE, pack_id=pack.id, sort_value=number)
        world.standard_stickers[identity] = sticker
        world.files[f"stickers/{identity}.json"] = ("application/json", _NO_PICTURE)
