"""Every operation of the API: what it takes, what it refuses, what it answers."""

from __future__ import annotations

from antiphon.standin.discord.router import Route
from antiphon.standin.discord.routes import (
    answers,
    auto_moderation,
    channels,
    commands,
    guilds,
    messages,
    polls,
    reactions,
    stickers,
    threads,
    users,
    webhooks,
)

ROUTES: tuple[Route, ...] = (
    *messages.ROUTES,
    *reactions.ROUTES,
    *threads.ROUTES,
    *channels.ROUTES,
    *guilds.ROUTES,
    *users.ROUTES,
    *commands.ROUTES,
    *webhooks.ROUTES,
    *stickers.ROUTES,
    *polls.ROUTES,
    *auto_moderation.ROUTES,
    *answers.ROUTES,
)
