"""/model, /mode, /effort, /cost and /budget: how Claude works in a session from now on, what that may cost,
and what it did. Without a choice they say what holds."""

from typing import get_args

import discord
from discord import app_commands

from antiphon.actions import budgets, settings
from antiphon.actions.context import require
from antiphon.chat import wording
from antiphon.chat.interactions.commands.registration import Choice, CommandGroup, slash
from antiphon.chat.interactions.context import (
    Interaction,
    Unusable,
    acknowledge,
    key_of,
    reply,
    reply_privately,
    require_session,
)
from antiphon.chat.render import replies
from antiphon.core.budgets import Scope
from antiphon.core.requests import ChoiceName
from antiphon.core.values import Effort, PersonId

USUAL = "default"  # how the project, or else Claude Code, has it
_LONGEST = 100  # characters of a choice (Discord's limit), and of a model's name
_MOST = 10_000.0  # dollars that one command may add


class SettingCommands(CommandGroup):
    """Others see a change, not a look."""

    @slash("model")
    async def model(self, interaction: Interaction, model: app_commands.Range[str, 1, _LONGEST] | None = None) -> None:
        await self._choose(interaction, "model", "" if model == USUAL else model)

    @model.autocomplete("model")
    async def models(self, _: Interaction, typed: str) -> list[Choice]:
        return offered(typed)

    @slash("mode")
    @app_commands.choices(mode=[Choice(name=f"{name}: {what}", value=name) for name, what in wording.MODES.items()])
    async def mode(self, interaction: Interaction, mode: str | None = None) -> None:
        await self._choose(interaction, "mode", mode)

    @slash("effort")
    @app_commands.choices(effort=[Choice(name=name, value=name) for name in (USUAL, *get_args(Effort))])
    async def effort(self, interaction: Interaction, effort: str | None = None) -> None:
        await self._choose(interaction, "effort", "" if effort == USUAL else effort)

    async def _choose(self, interaction: Interaction, name: ChoiceName, value: str | None) -> None:
        """Choose `value`, "" for the usual; None: only say what holds now."""
        by = self.by(interaction)
        if value is None:
            await acknowledge(interaction, private=True)
            found = await settings.current(*by)
            await reply_privately(interaction, wording.holds(name, found.session, found.project))
            return
        settings.require_choice(*by, name, value)
        await require_session(by[0], by[2], begins=True)
        await acknowledge(interaction, private=False)
        await reply(interaction, wording.chosen(await settings.choose(*by, name, value)))

    @slash("cost")
    async def cost(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        result = await budgets.spending(*self.by(interaction), PersonId(interaction.user.id))
        await reply_privately(interaction, replies.spending(result.spent, result.budgets, here=result.here))

    @slash("budget")
    async def budget(
        self,
        interaction: Interaction,
        scope: Scope | None = None,
        dollars: app_commands.Range[float, 0.01, _MOST] | None = None,
        person: discord.User | None = None,
    ) -> None:
        by, whose = self.by(interaction), PersonId((person or interaction.user).id)
        if scope is None and dollars is None:
            await acknowledge(interaction, private=True)
            result = await budgets.spending(*by, whose)
            await reply_privately(interaction, replies.budget(result.spent, result.budgets))
            return
        require(*by, "administer")
        if scope is None or dollars is None:
            raise Unusable(wording.HALF_A_BUDGET)
        await acknowledge(interaction, private=False)
        result = await budgets.raise_budget(*by, whose, (scope, dollars), key_of(interaction))
        await reply(interaction, wording.raised(result, scope, dollars))


def offered(typed: str) -> list[Choice]:
    """The models to choose from (Claude Code's own aliases: stored as they are, they go on meaning the newest); what
    was typed is one of them, whatever it is."""
    typed = typed.strip()[:_LONGEST]
    models = wording.MODELS
    found = [Choice(name=f"{name}: {what}", value=name) for name, what in models.items() if typed.lower() in name]
    return found if typed in (*models, "") else [*found, Choice(name=typed, value=typed)]
