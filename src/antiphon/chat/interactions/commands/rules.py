"""/rules, its menu and its buttons, and Undo below a request: what Claude may do without asking, seen and taken back.

The list is for whoever asked; each change is shown in it.
"""

from antiphon.actions import answers, rules
from antiphon.actions.context import ActionContext
from antiphon.chat import wording
from antiphon.chat.delivery.components import view_of
from antiphon.chat.interactions.commands.registration import CommandGroup, slash
from antiphon.chat.interactions.context import Interaction, acknowledge, confirm, key_of, origin, reply_spec
from antiphon.chat.interactions.controls import chosen
from antiphon.chat.render.custom_ids import AddRule, Rules, Undo
from antiphon.chat.render.settings.rules import rules_spec


class RuleCommands(CommandGroup):
    """They show; what is in the list changes something."""

    @slash("rules")
    async def rules(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        await reply_spec(interaction, rules_spec(await rules.listed(*self.by(interaction)), 0))


async def on_rules(context: ActionContext, interaction: Interaction, control: Rules | AddRule | Undo) -> None:
    """What was pressed or chosen."""
    match control:
        case Rules():
            await on_list(context, interaction, control)
        case AddRule():
            await add_again(context, interaction, control)
        case Undo():
            await take_back(context, interaction, control)


async def on_list(context: ActionContext, interaction: Interaction, control: Rules) -> None:
    """Another page of the list, or one rule less."""
    by, note, undo = origin(context, interaction), "", ""
    if control.what == "remove":
        picked = chosen(interaction)
        done = await rules.remove(*by, picked[0] if picked else "", key_of(interaction))
        note, undo = wording.removed(done), done.key
    await _show(context, interaction, control.n, note, undo)


async def add_again(context: ActionContext, interaction: Interaction, control: AddRule) -> None:
    """A rule that was removed is there again."""
    done = await rules.add_again(*origin(context, interaction), control.key)
    await _show(context, interaction, control.n, wording.added_again(done))


async def take_back(context: ActionContext, interaction: Interaction, control: Undo) -> None:
    """What an answer has allowed for good is not any more."""
    request = answers.Request(control.turn, control.request)
    await confirm(interaction, wording.taken_back(await rules.take_back(*origin(context, interaction), request)))


async def _show(context: ActionContext, interaction: Interaction, n: int, note: str = "", undo: str = "") -> None:
    spec = rules_spec(await rules.listed(*origin(context, interaction)), n, note, undo)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))
