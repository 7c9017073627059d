"""/worktree, its menu and its buttons: where sessions work, and how what they did comes together.

The list is for whoever asked; what is done is shown in it.
"""

from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace
from antiphon.actions.coordination import worktrees
from antiphon.chat import wording
from antiphon.chat.delivery.components import view_of
from antiphon.chat.interactions.commands.registration import CommandGroup, slash
from antiphon.chat.interactions.context import Interaction, acknowledge, key_of, origin, reply_spec
from antiphon.chat.interactions.controls import chosen
from antiphon.chat.render.coordination.worktrees import loss_spec, tree_spec, trees_spec
from antiphon.chat.render.custom_ids import LoseWorktree, OnWorktree
from antiphon.chat.render.message import MessageSpec
from antiphon.core.values import PlaceId


class WorktreeCommands(CommandGroup):
    """They show; what is in the list changes something."""

    @slash("worktree")
    async def worktree(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        await reply_spec(interaction, trees_spec(await worktrees.listed(*self.by(interaction))))


async def on_worktree(context: ActionContext, interaction: Interaction, control: OnWorktree | LoseWorktree) -> None:
    """Do what was pressed, or chosen in the menu."""
    if isinstance(control, LoseWorktree):
        await _lose(context, interaction, control)
        return
    spec = await _done(context, interaction, control)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))


async def _lose(context: ActionContext, interaction: Interaction, control: LoseWorktree) -> None:
    """Remove one although something is lost with it."""
    by = origin(context, interaction)
    spec = await _removed(by, PlaceId(control.place), control.state)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))


async def _done(context: ActionContext, interaction: Interaction, control: OnWorktree) -> MessageSpec:
    by, place = origin(context, interaction), PlaceId(control.place)
    acting, note = (by[0], by[1], place), ""
    match control.what:
        case "list":
            return trees_spec(await worktrees.listed(*by))
        case "pick":
            picked = chosen(interaction)
            place = PlaceId(int(picked[0])) if picked and picked[0].isdecimal() else PlaceId(0)
            return tree_spec(await worktrees.one(by[0], by[1], place))
        case "isolate":
            note = wording.isolated(*await worktrees.isolate(*acting))
        case "share":
            await worktrees.share(*acting)
            note = wording.SHARES_NOW
        case "merge":
            note = wording.merged(await worktrees.merge(*acting, key_of(interaction)))
        case "commit":
            await worktrees.ask_to_commit(*acting, key_of(interaction))
            note = wording.COMMITS_NOW
        case "publish":
            note = wording.published(await worktrees.publish(*acting))
        case "remove":
            return await _removed(by, place, "")
    return tree_spec(await worktrees.one(*acting), note)


async def _removed(by: tuple[ActionContext, Member, InPlace], place: PlaceId, shown: str) -> MessageSpec:
    """That it is gone, or what would be lost."""
    left = await worktrees.remove(by[0], by[1], place, shown=shown)
    return loss_spec(left) if left is not None else trees_spec(await worktrees.listed(*by), wording.TREE_REMOVED)
