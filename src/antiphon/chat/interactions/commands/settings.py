"""/model, /mode and /effort: how Claude works in a session from now on. Without a choice they say what holds."""

from typing import get_args

from discord import Client, app_commands

from antiphon.chat.interactions.context import Doors, Interaction
from antiphon.chat.render.replies import held
from antiphon.chat.render.text.escape import code
from antiphon.core.requests import ChoiceName, Choose
from antiphon.core.values import ClaudeSettings, Effort
from antiphon.errors import Refused

_MODELS = {  # Claude Code's own aliases: they are stored as they are, so that they go on meaning the newest
    "sonnet": "for everyday work",
    "opus": "for hard tasks",
    "haiku": "fast and cheap",
    "fable": "for the hardest tasks",
    "opusplan": "opus while it plans, sonnet afterwards",
}
_MODES = {
    "default": "asks before edits and commands",
    "acceptEdits": "edits files without asking",
    "plan": "plans, and changes nothing",
    "bypassPermissions": "asks about nothing at all",
}
_USUAL = "default"  # how the project, or else Claude Code, has it
_LONGEST = 100  # characters of a choice (Discord's limit), and of a model's name

Choice = app_commands.Choice[str]


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""

    @tree.command(name="model", description="Show or choose the model of this session")
    @app_commands.describe(model="An alias such as opus, a full name, or default")
    @app_commands.guild_only()
    async def model(interaction: Interaction, model: app_commands.Range[str, 1, _LONGEST] | None = None) -> None:
        await _choose(doors, interaction, "model", "" if model == _USUAL else model)

    @model.autocomplete("model")
    async def models(_: Interaction, typed: str) -> list[Choice]:  # pyright: ignore[reportUnusedFunction]
        return offered(typed)

    @tree.command(name="mode", description="Show or choose what Claude may do here without asking")
    @app_commands.describe(mode="What is asked about")
    @app_commands.choices(mode=[Choice(name=f"{name}: {what}", value=name) for name, what in _MODES.items()])
    @app_commands.guild_only()
    async def mode(interaction: Interaction, mode: str | None = None) -> None:  # pyright: ignore[reportUnusedFunction]
        await _choose(doors, interaction, "mode", mode)

    @tree.command(name="effort", description="Show or choose how hard Claude thinks in this session")
    @app_commands.describe(effort="From low to max; default leaves it to the model")
    @app_commands.choices(effort=[Choice(name=name, value=name) for name in (_USUAL, *get_args(Effort))])
    @app_commands.guild_only()
    async def effort(interaction: Interaction, effort: str | None = None) -> None:  # pyright: ignore[reportUnusedFunction]
        await _choose(doors, interaction, "effort", "" if effort == _USUAL else effort)


def offered(typed: str) -> list[Choice]:
    """The models to choose from; what was typed is one of them, whatever it is."""
    typed = typed.strip()[:_LONGEST]
    aliases = {_USUAL: "as the project says", **_MODELS}
    found = [Choice(name=f"{name}: {what}", value=name) for name, what in aliases.items() if typed.lower() in name]
    return found if typed in (*aliases, "") else [*found, Choice(name=typed, value=typed)]


def allowed_mode(mode: str, claude: ClaudeSettings) -> None:
    """Raises Refused for a mode that the operator does not allow."""
    if mode == "bypassPermissions" and not claude.allow_bypass:
        raise Refused("This project does not let anybody switch to bypassPermissions (allow_bypass).")


async def _choose(doors: Doors, interaction: Interaction, name: ChoiceName, value: str | None) -> None:
    """Choose `value`, "" for the usual; None: only say what holds now. Others see a change, not a look."""
    project = doors.enter(interaction, "prompt" if value is None else "configure")
    if value is not None and name == "mode":
        allowed_mode(value, project.claude)
    await interaction.response.defer(ephemeral=value is None)
    session = await doors.session_here(interaction)
    if value is None:
        await interaction.followup.send(f"The {name} here: {held(name, session, project.claude)}")
        return
    reply = await doors.ask(project, session, Choose({name: value}))
    await doors.note(interaction, "choose", session, "command", {name: value or None})
    when = "" if reply.at_once else ", from the next turn"
    what = code(value, _LONGEST) if value else "the usual one"
    await interaction.followup.send(f"The {name} here is now {what}{when}.")
