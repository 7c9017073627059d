"""What the bot must be allowed: one table, and everything that repeats it."""

import re
from functools import reduce
from operator import or_
from pathlib import Path

import discord
import pytest

from antiphon.chat.connection import wording
from antiphon.chat.permissions import (
    ADD_REACTIONS,
    ATTACH_FILES,
    INVITED_WITH,
    PERMISSIONS,
    PIN_MESSAGES,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    VIEW_CHANNELS,
    Missing,
    Permission,
    Unseen,
    Unsupported,
    missing,
    readable,
)
from antiphon.core.values import PlaceId
from antiphon.standin.discord.permissions import BOT_DEFAULT

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
OTHER_NAMES = {"View Channels": "view_channel"}  # where discord.py's name is not what Discord's settings say


def test_the_local_discords_bot_and_the_invitation_ask_for_the_same_rights() -> None:
    assert f"permissions={INVITED_WITH}`" in README
    assert BOT_DEFAULT == INVITED_WITH


def test_the_readme_names_each_permission() -> None:
    [step] = [line for line in README.splitlines() if "oauth2/authorize" in line]
    assert {one for one in re.findall(r"\*([^*]+)\*", step) if "?" not in one} == {
        one.name for one in (*PERMISSIONS, PIN_MESSAGES)
    }


@pytest.mark.parametrize("one", [*PERMISSIONS, PIN_MESSAGES], ids=lambda one: one.name)
def test_each_bit_is_the_one_that_discord_calls_so(one: Permission) -> None:
    name = OTHER_NAMES.get(one.name, one.name.lower().replace(" ", "_"))
    assert discord.Permissions(**{name: True}).value == one.bit


def test_without_sight_nothing_else_is_told() -> None:
    assert missing(0) == (VIEW_CHANNELS,)
    assert missing(INVITED_WITH & ~VIEW_CHANNELS.bit) == (VIEW_CHANNELS,)


def test_features_are_told_where_all_that_is_required_is_there() -> None:
    assert missing(INVITED_WITH) == ()
    assert missing(INVITED_WITH & ~ATTACH_FILES.bit) == (ATTACH_FILES,)
    assert missing(INVITED_WITH & ~(ADD_REACTIONS.bit | ATTACH_FILES.bit)) == (ADD_REACTIONS, ATTACH_FILES)
    assert missing(INVITED_WITH & ~(SEND_MESSAGES.bit | ATTACH_FILES.bit)) == (SEND_MESSAGES,)
    assert missing(reduce(or_, (one.bit for one in PERMISSIONS if one.required))) == (ADD_REACTIONS, ATTACH_FILES)


def test_what_is_told_and_can_be_fetched_needs_both_rights() -> None:
    assert readable(INVITED_WITH)
    assert not readable(INVITED_WITH & ~READ_MESSAGE_HISTORY.bit)
    assert not readable(INVITED_WITH & ~VIEW_CHANNELS.bit)


HERE = PlaceId(5)


def test_an_obstacle_is_said_with_its_place_by_name_and_with_where_to_click() -> None:
    one = Missing(HERE, "general", "Home", "antiphon", (SEND_MESSAGES,), (ADD_REACTIONS, ATTACH_FILES))
    assert wording.obstacle(one) == (
        "the bot lacks permissions in #general of the server Home. "
        "Send Messages (to write in the channel): turn on in Server Settings > Roles > antiphon > Permissions; "
        "Add Reactions (to mark messages with how they stand), Attach Files (to post files, tables and long answers): "
        "turn on in Edit Channel > Permissions > Advanced permissions"
    )
    assert wording.obstacle(Unseen(HERE, "web")).startswith("the bot does not see channel 5 of web: invite the bot")
    assert "is a category channel: name channels in which" in wording.obstacle(
        Unsupported(HERE, "ideas", "web", "category")
    )


def test_a_name_from_discord_stays_on_its_line() -> None:
    said = wording.obstacle(Missing(HERE, "a\x1b[2Jb\nc" + "d" * 100, "\u202eHome", "r", (SEND_MESSAGES,)))
    assert "\x1b" not in said
    assert "\n" not in said
    assert "\u202e" not in said


def test_only_what_is_required_makes_an_obstacle_one() -> None:
    assert Missing(HERE, "a", "b", "c", (SEND_MESSAGES, ADD_REACTIONS)).required
    assert not Missing(HERE, "a", "b", "c", (), (ADD_REACTIONS,)).required
    assert Unseen(HERE, "web").required
