"""/queue: words that wait until the turn is over, whatever the project does with a message meanwhile."""

from discord import AllowedMentions, Client, app_commands

from antiphon.chat.interactions.context import Doors, Interaction, who
from antiphon.chat.render.queue import place_in_line
from antiphon.chat.render.text.escape import quoted
from antiphon.core.access import refusal
from antiphon.core.values import Asker, MessageId, Prompt, turn_of

_LONGEST = 1500  # characters, so that our answer can say them again


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put it on the tree."""

    @tree.command(name="queue", description="Tell Claude something once it is done with what it does now")
    @app_commands.describe(words="What Claude is told then")
    @app_commands.guild_only()
    async def queue(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, words: app_commands.Range[str, 1, _LONGEST]
    ) -> None:
        project = doors.enter(interaction, "prompt")
        response = await interaction.response.defer()
        message = None if response is None or response.message_id is None else MessageId(response.message_id)
        session = await doors.session_here(interaction)
        person = who(interaction)
        may_answer = refusal(project.access, person, "answer") is None
        asker = Asker(person.name, person.id)
        prompt = Prompt(turn_of(MessageId(interaction.id)), words, asker, message, 0, may_answer=may_answer)
        await doors.call(interaction, session, prompt)
        line = await doors.bus.line(session.place)
        here = next((one for one in line if one.key == str(interaction.id)), None)
        where = "Claude begins with it" if here is None else place_in_line(here, (await doors.bus.overview()).running)
        said = f"-# 🕐 {where}\n{quoted(words, _LONGEST + 100, 40)}"
        await interaction.followup.send(said, allowed_mentions=AllowedMentions.none())
