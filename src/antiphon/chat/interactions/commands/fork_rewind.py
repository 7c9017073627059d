"""/fork and /rewind, and the same from a message's menu: another way on from somewhere in a session.

Going back shows first what it would change; the buttons below do it.
"""

import time

import discord
from discord import Client, app_commands

from antiphon.chat.interactions.commands.sessions import offered, show
from antiphon.chat.interactions.context import Doors, Interaction
from antiphon.chat.interactions.open_thread import Opening, open_thread
from antiphon.chat.render.custom_ids import RewindTo
from antiphon.chat.render.session_list import called, rewind_spec, rewound, turn_choices
from antiphon.chat.render.text.escape import plain
from antiphon.core.records import PastTurn
from antiphon.core.requests import ForkSession, Rewind, Rewound
from antiphon.core.values import MessageId, Project, Session, TurnId
from antiphon.errors import Refused

_TURNS = 1000  # of a session that are looked through, the newest ones


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""
    _add_fork(tree, doors)
    _add_rewind(tree, doors)
    _add_menus(tree, doors)


def _add_fork(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    @tree.command(name="fork", description="A new thread that knows all of this one, and leaves it as it is")
    @app_commands.describe(prompt="What Claude is to do first there")
    @app_commands.guild_only()
    async def fork(interaction: Interaction, prompt: str = "") -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        session = await doors.session_here(interaction)
        await _fork(doors, interaction, project, session, prompt.strip(), None)


def _add_rewind(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    @tree.command(name="rewind", description="Take files, conversation or both back to before a turn")
    @app_commands.describe(turn="Before which one; type some of its words")
    @app_commands.guild_only()
    async def rewind(interaction: Interaction, turn: str) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        doors.enter(interaction, "configure")
        session = await doors.session_here(interaction)
        await _preview(doors, interaction, session, TurnId(turn.strip()))

    @rewind.autocomplete("turn")
    async def choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportUnusedFunction]
        async def find() -> list[tuple[str, str]]:
            doors.enter(interaction, "configure")
            session = await doors.session_here(interaction)
            return turn_choices(await doors.bus.turns(session.id, _TURNS), typed, time.time())

        return await offered(find())


def _add_menus(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    @tree.context_menu(name="Rewind to here")
    @app_commands.guild_only()
    async def rewind_to_here(interaction: Interaction, message: discord.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        doors.enter(interaction, "configure")
        session = await doors.session_here(interaction)
        await _preview(doors, interaction, session, await _turn_at(doors, session, message))

    @tree.context_menu(name="Fork from here")
    @app_commands.guild_only()
    async def fork_from_here(interaction: Interaction, message: discord.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        project = doors.enter(interaction, "prompt")
        session = await doors.session_here(interaction)
        turn = await _past(doors, session, await _turn_at(doors, session, message))
        await _fork(doors, interaction, project, session, "", turn)


async def rewind_to(doors: Doors, interaction: Interaction, session: Session, control: RewindTo) -> None:
    """Go back as the button says."""
    project = doors.enter(interaction, "configure")
    turn = await _past(doors, session, control.turn)
    await _require_rest(doors, session)
    files, conversation = control.what != "conversation", control.what != "files"
    reply = await _asked(doors, project, session, turn, files=files, conversation=conversation, dry=False)
    if not reply.done:
        raise Refused("Claude Code has not gone back.")
    said = {"turn": turn.turn, "what": control.what, "files": list(reply.files)}
    await doors.note(interaction, "rewind", session, "button", said)
    await interaction.edit_original_response(content="Done.", view=None)
    line = rewound(interaction.user.display_name, turn, control, reply)
    await interaction.followup.send(line, silent=True, allowed_mentions=discord.AllowedMentions.none())


async def _preview(doors: Doors, interaction: Interaction, session: Session, id_: TurnId) -> None:
    """Say what going back would do, with the buttons that do it."""
    project = doors.enter(interaction, "configure")
    turn = await _past(doors, session, id_)
    await _require_rest(doors, session)

    async def would(*, files: bool) -> Rewound | str:
        try:
            return await _asked(doors, project, session, turn, files=files, conversation=not files, dry=True)
        except Refused as error:  # the other one may go back all the same
            return str(error)

    await show(interaction, rewind_spec(turn, await would(files=True), await would(files=False)))


async def _asked(doors: Doors, project: Project, session: Session, turn: PastTurn, **wanted: bool) -> Rewound:
    return await doors.ask(project, session, Rewind(turn.known_as, **wanted))


async def _past(doors: Doors, session: Session, id_: TurnId) -> PastTurn:
    """A turn of the session. Raises Refused when there is none."""
    for turn in await doors.bus.turns(session.id, _TURNS):
        if turn.turn == id_:
            return turn
    raise Refused("This thread has no such turn. Choose one of those that are offered while you type.")


async def _turn_at(doors: Doors, session: Session, message: discord.Message) -> TurnId:
    story = await doors.bus.turn_at(session.place, MessageId(message.id))
    if story is None:
        raise Refused("No turn belongs to this message. Choose a prompt, or one of Claude's messages.")
    return story.turn


async def _require_rest(doors: Doors, session: Session) -> None:
    if await doors.bus.running(session.id):
        raise Refused("Claude is at work here: stop it first, or wait until it is done.")


async def _fork(
    doors: Doors, interaction: Interaction, project: Project, session: Session, words: str, before: PastTurn | None
) -> None:
    """Open a thread with a copy of the session, up to before a turn or up to now."""
    if not session.begun:
        raise Refused("Claude has not answered here yet: there is nothing to copy. Use /new.")
    turn = before.known_as if before is not None else None
    copy = await doors.ask(project, session, ForkSession(session.claude, turn))
    where = f"<#{session.place}>" + (f", from before {called(before)}" if before is not None else "")
    opening = Opening(
        f"🍴 **{plain(interaction.user.display_name, 32)}** forked {where}",
        words or f"Fork: {session.title}",
        words,
        copy.claude,
        session.choices,
    )
    forked = await open_thread(doors, interaction, project, opening)
    more = "" if words else ". Write there how to go on"
    await interaction.followup.send(f"Here it is: <#{forked.place}>{more}", ephemeral=True)
