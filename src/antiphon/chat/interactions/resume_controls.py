"""The buttons below a turn that ended too early: go on, or start again where Claude Code has lost the session.

Each leads to one new turn, however often it is pressed, and only below the session's last one: what came after would
be answered out of its place.
"""

from dataclasses import replace
from uuid import uuid4

from discord import AllowedMentions

from antiphon.chat.interactions.context import Doors, Interaction, who
from antiphon.chat.render.custom_ids import Again, Continue, Rerun
from antiphon.chat.render.text.escape import plain
from antiphon.core.access import refusal
from antiphon.core.codec import assemble
from antiphon.core.permission_requests import was_heard
from antiphon.core.recap import retold
from antiphon.core.records import PastTurn
from antiphon.core.requests import SwitchConversation
from antiphon.core.values import (
    Asker,
    Attachments,
    ClaudeSessionId,
    MessageId,
    PersonId,
    Project,
    Prompt,
    Session,
    TurnId,
    turn_of,
)
from antiphon.core.view import TurnView
from antiphon.errors import Refused, StoreError

_TURNS = 30  # of a session that are told again, at most
_GO_ON = "Go on where you stopped."
_PRESSED = "Somebody has just pressed this."


async def go_on(doors: Doors, interaction: Interaction, session: Session, control: Continue) -> None:
    """Go on with the turn; with its own prompt where Claude has not heard it."""
    project = doors.enter(interaction, "prompt")
    view = await _last(doors, session, control.turn)
    if view.end is not None and view.end.reason in ("done", "lost"):
        raise Refused("There is nothing to go on with in this turn.")
    prompt = Prompt(TurnId(""), _GO_ON, Asker(""), None, 0)
    if not was_heard(view):
        prompt = await doors.bus.prompt(session.id, control.turn) or prompt
    name = plain(interaction.user.display_name, 32)
    await _run(
        doors, interaction, session, project, (f"continue:{control.turn}", prompt, f"▶️ {name} lets Claude go on")
    )


async def run_again(doors: Doors, interaction: Interaction, session: Session, control: Rerun) -> None:
    """Say the turn's prompt once more, with what came with it: Claude sees that it was said before."""
    project = doors.enter(interaction, "prompt")
    view = await _last(doors, session, control.turn)
    prompt = await doors.bus.prompt(session.id, control.turn)
    if view.end is None or view.end.reason != "interrupted" or prompt is None:
        raise Refused("There is nothing to run again in this turn.")
    name = plain(interaction.user.display_name, 32)
    said = f"🔂 {name} lets Claude run this again"
    await _run(doors, interaction, session, project, (f"continue:{control.turn}", prompt, said))


async def start_again(doors: Doors, interaction: Interaction, session: Session, control: Again) -> None:
    """Start again with a summary of what the thread holds."""
    project = doors.enter(interaction, "prompt")
    view = await _last(doors, session, control.turn)
    if view.end is not None and view.end.reason != "lost":
        raise Refused("This session is not lost: write on.")
    turns = [turn for turn in await doors.bus.turns(session.id, _TURNS) if turn.turn != control.turn]
    lost = await doors.bus.prompt(session.id, control.turn)
    told = retold([(turn.words, await _past(doors, session, turn)) for turn in turns], lost.text if lost else "")
    reply = await doors.ask(project, session, SwitchConversation(ClaudeSessionId(str(uuid4()))))
    await doors.note(interaction, "reset", session, "button", {"was": reply.was, "turn": control.turn})
    prompt = Prompt(TurnId(""), told, Asker(""), None, 0, lost.attachments if lost else Attachments())
    name = plain(interaction.user.display_name, 32)
    said = f"🔁 Claude begins anew with a summary of what this thread holds · {name}"
    await _run(doors, interaction, session, project, (f"again:{control.turn}", prompt, said))


async def _last(doors: Doors, session: Session, turn: TurnId) -> TurnView:
    """The turn. Raises Refused unless it is over and the session's last one."""
    view = await doors.view(session, turn)
    if view.end is None:
        raise Refused("This turn is not over yet.")
    last = await doors.bus.turns(session.id, 1)
    if last and last[0].turn != turn:
        raise Refused("There was another turn since: write here what Claude is to do.")
    return view


async def _past(doors: Doors, session: Session, turn: PastTurn) -> TurnView:
    story = await doors.bus.story(session.id, turn.turn)
    return assemble(story) if story is not None else TurnView(turn.turn, turn.prompt, turn.started)


async def _run(
    doors: Doors, interaction: Interaction, session: Session, project: Project, what: tuple[str, Prompt, str]
) -> None:
    """Begin a turn for whoever has pressed, and say so in the thread; the turn's marks stand on that line."""
    key, prompt, said = what
    person = who(interaction)
    line = await interaction.followup.send(
        f"-# {said}", wait=True, silent=True, allowed_mentions=AllowedMentions.none()
    )
    prompt = replace(
        prompt,
        turn=turn_of(MessageId(interaction.id)),
        asker=Asker(person.name, PersonId(person.id)),
        message=MessageId(line.id),
        may_answer=refusal(project.access, person, "answer") is None,
    )
    try:
        begun = await doors.call(interaction, session, prompt, key)
    except StoreError:
        await line.delete()  # nobody may believe that it goes on
        raise
    if not begun:
        await line.delete()
        raise Refused(_PRESSED)
