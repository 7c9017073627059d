"""A local Discord: REST, gateway and CDN on 127.0.0.1, as strict as the real one where a bot can notice."""

from antiphon.standin.discord.limits import Limits, Rate
from antiphon.standin.discord.server import LocalDiscord

__all__ = ["Limits", "LocalDiscord", "Rate"]
