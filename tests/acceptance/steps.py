"""Steps of several tests of the whole chain: what people do and see about requests, marks and decisions."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from types import MappingProxyType
from typing import Any

from bench import shown

from antiphon.actions.reasons import NotAllowed
from antiphon.chat.wording import refusal
from antiphon.core.access import Action

from chain import Chain, Json

ASKING: Mapping[str, Any] = MappingProxyType({"permission_mode": "default", "allowed_tools": []})


async def start_asking(
    chain: Chain, sections: Mapping[str, Mapping[str, Any]] = MappingProxyType({}), **project: Any
) -> Chain:
    """The chain with a project in which everything is asked about."""
    return await chain.start_configured(sections, **{**ASKING, **project})


async def open_request(chain: Chain, place: str) -> Mapping[str, Any]:
    """Wait for the open request in a place; its message."""
    return (await chain.ada.until(lambda ada: [m for m in ada.messages(place) if shown.open_buttons(m)], 30))[0]


async def waiting_request(chain: Chain, place: str) -> Mapping[str, Any]:
    """Wait for the only open request in a place, and until the turn is shown to wait for it; its message."""
    found = await chain.ada.until(lambda ada: [m for m in ada.messages(place) if shown.open_buttons(m)], 30)
    await chain.ada.until(lambda _: chain.statuses(place) and plain(chain.statuses(place)[0]).startswith("✋"))
    (request,) = found
    return request


def button_id(message: Mapping[str, Any], name: str) -> str:
    """The custom_id of a message's first button of that kind."""
    return next(one for one in shown.custom_ids(dict(message)) if one.startswith(f"a1:{name}:"))


async def press(chain: Chain, message: Mapping[str, Any], name: str) -> None:
    """Ada presses the button of that kind."""
    assert (await chain.ada.click(dict(message), button_id(message, name))).kind == "success"


def newest_button(chain: Chain, place: str, name: str) -> tuple[Json, str]:
    """The newest button of that kind in a place, with its message: the message, the custom_id."""
    found = [
        (one, id_)
        for one in chain.ada.messages(place)
        for id_ in shown.custom_ids(one)
        if id_.startswith(f"a1:{name}:")
    ]
    assert found, f"there is no {name} in {chain.statuses(place)}"
    return found[-1]


async def press_newest(chain: Chain, place: str, name: str) -> None:
    """Ada presses the newest button of that kind in a place."""
    message, custom_id = newest_button(chain, place, name)
    assert (await chain.ada.click(message, custom_id)).kind == "success"


async def message_with_buttons(chain: Chain, place: str, *custom_ids: str) -> Json:
    """A message of the bot's with such buttons, as one that it could not edit any more."""
    buttons = [{"type": 2, "style": 2, "label": "old", "custom_id": one} for one in custom_ids]
    body = {"content": "-# old", "components": [{"type": 1, "components": buttons}]}
    about = chain.world.about
    assert await chain.bot_request("POST", f"/channels/{place}/messages", body, about["bot_token"]) == 200

    def found(_: object) -> list[Json]:
        posted = [one for one in chain.ada.messages(place) if one["content"] == "-# old"]
        return [one for one in posted if shown.custom_ids(one) == list(custom_ids)]

    return (await chain.ada.until(found))[-1]


async def until_marked(chain: Chain, prompt: str, mark: str) -> None:
    """Wait until the bot's only reaction on a prompt is this one."""

    def is_marked(_: object) -> bool:
        message = next(one for one in chain.ada.messages(chain.general) if one["id"] == prompt)
        return [plain(one["emoji"]["name"]) for one in message.get("reactions", [])] == [plain(mark)]

    await chain.ada.until(is_marked, 10)


async def one_more_turn(chain: Chain, place: str, turn: int) -> str:
    """The session goes on: the status of one more turn, which is the place's so many-th."""
    await chain.ask("say: still here", place)
    return await chain.ended(place, turns=turn)


def audits(chain: Chain) -> list[Json]:
    """What people have decided, oldest first, as the bridge keeps it."""
    with closing(chain.database()) as store:
        store.row_factory = sqlite3.Row
        rows = [dict(row) for row in store.execute("select * from audit order by n")]
    return [{**row, "what": json.loads(row["what"])} for row in rows]


def not_allowed(action: Action) -> str:
    """What somebody is told who may not do that."""
    return refusal(NotAllowed(action))


def plain(emoji: str) -> str:
    """An emoji without the variation selector that Discord may add or take off."""
    return emoji.replace("\ufe0f", "")


async def deny(chain: Chain, bits: int) -> None:
    """Take rights in #general from the bot; 0: give them back."""
    bot = chain.world.about["application_id"]
    overwrite = {"type": 1, "deny": str(bits), "allow": "0"}
    await chain.ada.request("PUT", f"/channels/{chain.general}/permissions/{bot}", overwrite)


def forget_identifies(chain: Chain) -> None:
    """A bridge that starts again and again would wait longer and longer: days lie between real restarts."""
    with closing(chain.database()) as database:
        database.execute("DELETE FROM identify")
