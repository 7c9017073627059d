"""The buttons, menus and forms on our messages. A click is known by its id alone, so each works after any restart, or
says why not.

Like the commands, a control is acknowledged within Discord's 3 s. Here is only which control asks for which action.
"""

import re
import time

import discord
from discord.ext import commands

from antiphon.actions import queue, resume, stop
from antiphon.actions.context import ActionContext, require_here
from antiphon.actions.coordination import claims
from antiphon.actions.guests import admission
from antiphon.actions.schedules import going_on
from antiphon.chat import wording
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.interactions import controls
from antiphon.chat.interactions.commands import projects, rules, schedules, sessions, worktrees
from antiphon.chat.interactions.context import (
    Interaction,
    Unusable,
    acknowledge,
    acknowledge_once_stored,
    address,
    confirm,
    key_of,
    know_member,
    origin,
    reply_error,
    require_in_time,
)
from antiphon.chat.render import custom_ids
from antiphon.core.values import PlaceId
from antiphon.errors import AntiphonError

_CLICKS = (discord.InteractionType.component, discord.InteractionType.modal_submit)
_OURS = re.compile(r"a\d+(@\w+)?:")  # ids that some version of the bridge has made


class InteractionDispatcher(commands.Cog):
    """Turns each click into one action."""

    def __init__(self, context: ActionContext) -> None:
        self._context = context

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        if interaction.type not in _CLICKS or not _OURS.match(custom_id):
            return
        try:
            await know_member(self._context, interaction)
            control, place = custom_ids.parse(custom_id), custom_ids.place_of(custom_id)
            await address(self._context, interaction, place, getattr(control, "turn", None))
            await self._click(interaction, control, place)
        except (AntiphonError, *FAILURES) as error:
            await reply_error(interaction, error, wording.BUTTON)

    async def _click(self, interaction: Interaction, control: custom_ids.Control | None, place: PlaceId | None) -> None:
        """`place`: where the session is shown, if that is another place than where it is pressed."""
        if await self._form(interaction, control, place):
            return
        what = control.what if isinstance(control, custom_ids.OnTurn) else ""
        if what == "stop" or isinstance(control, custom_ids.Ask | custom_ids.OnOffer):
            await acknowledge_once_stored(interaction, self._act(interaction, control))
            if place is not None and isinstance(control, custom_ids.Ask):
                await controls.show_answered(self._context, interaction, control)
            elif place is not None:
                await confirm(interaction, wording.stopping(place))
            return
        private = what in ("details", "answer") or (
            isinstance(control, custom_ids.OnSchedule | custom_ids.OnProject)
            and control.what in ("made", "pick", "added", "changed")
        )
        await acknowledge(interaction, private=private)
        await self._act(interaction, control)

    async def _form(self, interaction: Interaction, control: custom_ids.Control | None, place: PlaceId | None) -> bool:
        """Whether the control opens a form. That can only be the first answer to a click, so what the form is about is
        looked at when it comes back."""
        match control:
            case custom_ids.OnRequest("words" | "keep" | "decline") | custom_ids.OnQuestion("other"):
                form = controls.form_of(control, place)
            case custom_ids.OnQuestion("choose", turn, request, question) if custom_ids.ELSE in controls.chosen(
                interaction
            ):
                form = controls.form_of(custom_ids.OnQuestion("other", turn, request, question), place)
            case custom_ids.OnSchedule("edit"):
                await schedules.edit(self._context, interaction, control)
                return True
            case custom_ids.Queued(what="edit"):
                await controls.edit_queued(self._context, interaction, control)
                return True
            case _:
                return False
        await require_in_time(*origin(self._context, interaction), "answer")
        await interaction.response.send_modal(form)
        return True

    async def _act(self, interaction: Interaction, control: custom_ids.Control | None) -> None:
        context, by = self._context, origin(self._context, interaction)
        match control:
            case None:
                await require_here(*by, "answer")
                raise Unusable(wording.ANOTHER_VERSION)
            case custom_ids.OnTurn("stop", turn):
                await stop.stop_turn(*by, turn, key_of(interaction))
            case custom_ids.OnTurn("details", turn):
                await controls.show_details(context, interaction, turn)
            case custom_ids.OnTurn("answer", turn):
                await controls.show_request(context, interaction, turn)
            case custom_ids.OnTurn("continue", turn):
                await resume.continue_turn(*by, turn)
            case custom_ids.OnTurn("later", turn):
                await going_on.go_on_later(*by, turn, time.time())
            case custom_ids.OnTurn("stay", turn):
                await going_on.stay(*by, turn)
            case custom_ids.OnTurn("rerun", turn):
                await resume.run_again(*by, turn)
            case custom_ids.OnTurn("here"):
                await resume.take_over(*by)
            case custom_ids.OnTurn("again", turn):
                await resume.start_again(*by, turn)
            case custom_ids.OnTurn(turn=turn):  # now
                await queue.interrupt_for_steered(*by, turn)
            case custom_ids.Queued():
                await controls.change_queued(context, interaction, control)
            case custom_ids.Page():
                await sessions.turn_page(context, interaction, control)
            case custom_ids.TryOut():
                await sessions.try_out(context, interaction)
            case custom_ids.Sync():
                await sessions.bring(context, interaction, control)
            case custom_ids.RewindTo():
                await sessions.rewind_to(context, interaction, control)
            case custom_ids.Rules() | custom_ids.AddRule() | custom_ids.Undo():
                await rules.on_rules(context, interaction, control)
            case custom_ids.OnProject():
                await projects.on_project(context, interaction, control)
            case custom_ids.OnSchedule() | custom_ids.AfterLimit():
                await schedules.on_schedule(context, interaction, control)
            case custom_ids.OnWorktree() | custom_ids.LoseWorktree():
                await worktrees.on_worktree(context, interaction, control)
            case custom_ids.LetWrite(turn, request):
                await confirm(interaction, wording.may_write(await claims.let_write(*by, turn, request, time.time())))
            case custom_ids.PickProject(message):
                await projects.pick(context, interaction, message)
            case custom_ids.OnOffer(n, choice):
                await admission.decide(*by, n, choice)
            case _:
                await controls.answer(context, interaction, control)
