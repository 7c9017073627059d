"""/model, /mode and /effort: how Claude works in a session from now on. Without a choice they say what holds."""

from typing import get_args

from discord import Client, app_commands

from antiphon.actions import settings
from antiphon.actions.context import ActionContext
from antiphon.chat import wording
from antiphon.chat.interactions.context import Interaction, acknowledge, origin, reply, reply_privately
from antiphon.core.requests import ChoiceName
from antiphon.core.values import Effort

_USUAL = "default"  # how the project, or else Claude Code, has it
_LONGEST = 100  # characters of a choice (Discord's limit), and of a model's name

Choice = app_commands.Choice[str]


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put them on the tree."""

    @tree.command(name="model", description="Show or choose the model of this session")
    @app_commands.describe(model="An alias such as opus, a full name, or default")
    @app_commands.guild_only()
    async def model(interaction: Interaction, model: app_commands.Range[str, 1, _LONGEST] | None = None) -> None:
        await _choose(context, interaction, "model", "" if model == _USUAL else model)

    @model.autocomplete("model")
    async def models(_: Interaction, typed: str) -> list[Choice]:  # pyright: ignore[reportUnusedFunction]
        return offered(typed)

    @tree.command(name="mode", description="Show or choose what Claude may do here without asking")
    @app_commands.describe(mode="What is asked about")
    @app_commands.choices(mode=[Choice(name=f"{name}: {what}", value=name) for name, what in wording.MODES.items()])
    @app_commands.guild_only()
    async def mode(interaction: Interaction, mode: str | None = None) -> None:  # pyright: ignore[reportUnusedFunction]
        await _choose(context, interaction, "mode", mode)

    @tree.command(name="effort", description="Show or choose how hard Claude thinks in this session")
    @app_commands.describe(effort="From low to max; default leaves it to the model")
    @app_commands.choices(effort=[Choice(name=name, value=name) for name in (_USUAL, *get_args(Effort))])
    @app_commands.guild_only()
    async def effort(interaction: Interaction, effort: str | None = None) -> None:  # pyright: ignore[reportUnusedFunction]
        await _choose(context, interaction, "effort", "" if effort == _USUAL else effort)


def offered(typed: str) -> list[Choice]:
    """The models to choose from (Claude Code's own aliases: stored as they are, they go on meaning the newest); what
    was typed is one of them, whatever it is."""
    typed = typed.strip()[:_LONGEST]
    models = wording.MODELS
    found = [Choice(name=f"{name}: {what}", value=name) for name, what in models.items() if typed.lower() in name]
    return found if typed in (*models, "") else [*found, Choice(name=typed, value=typed)]


async def _choose(context: ActionContext, interaction: Interaction, name: ChoiceName, value: str | None) -> None:
    """Choose `value`, "" for the usual; None: only say what holds now. Others see a change, not a look."""
    by = origin(context, interaction)
    if value is None:
        await acknowledge(interaction, private=True)
        found = await settings.current(*by)
        await reply_privately(interaction, wording.holds(name, found.session, found.project))
        return
    settings.require_choice(*by, name, value)
    await acknowledge(interaction, private=False)
    await reply(interaction, wording.chosen(await settings.choose(*by, name, value)))
