"""Every control that was ever posted works or says why not: those of earlier versions, of other threads, forged ones,
a month later and after a restart. What is not ours is left alone."""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession
from bench import shown as turns

from acceptance.steps import button_id, not_allowed, open_request, start_asking
from antiphon.core.values import MessageId, turn_of
from antiphon.standin import Limits
from antiphon.standin.discord import Rate

from chain import Chain, Json

_MONTH = 31 * 86_400.0
_ROW, _ROWS = 5, 5  # buttons in a row, rows in a message (Discord's API documentation, Components)
_OLD = "another version"
_NOT_HERE = "no such turn"
_GONE = "rule is already gone"
_ANSWERED = "has already allowed this|has no such button"


@dataclass(frozen=True, slots=True)
class Scene:
    """A thread with a request that was answered, and another one whose controls do not belong here."""

    place: str
    turn: str
    request: str
    other: str


async def scene(chain: Chain) -> Scene:
    place = await chain.ask("bash: touch made.txt")
    message = await open_request(chain, place)
    _, _, turn, request = button_id(message, "allow").split(":")
    await chain.ada.click(dict(message), button_id(message, "allow"))
    await chain.ended(place)
    elsewhere = await chain.ask("say: elsewhere")
    await chain.ended(elsewhere)
    return Scene(place, turn, request, turn_of(MessageId(int(elsewhere))))


def buttons(at: Scene) -> dict[str, str]:
    """What there is to press, and what it is answered with."""
    turn, request, other = at.turn, at.request, at.other
    answers = (f"{name}:{turn}:{request}" for name in ("allow", "deny", "always", "go", "pick", "choose", "reply"))
    parts = {"always": ":0", "go": ":acceptEdits", "pick": ":0:0", "choose": ":0", "reply": ":0"}
    found = {f"a1:{one}{parts.get(one.partition(':')[0], '')}": _ANSWERED for one in answers}
    found |= {f"a1:always:{turn}:{request}:9": _ANSWERED, f"a1:say:{turn}:{request}": _ANSWERED}
    found |= {f"a1:stop:{turn}": "already over", f"a1:details:{turn}": "touch made.txt"}
    found |= {f"a1:{name}:{other}": _NOT_HERE for name in ("stop", "details")}
    found |= {f"a1:{name}:{other}:{request}": _NOT_HERE for name in ("allow", "deny", "say")}
    found |= {f"a1:rewind:{other}:{what}": _NOT_HERE for what in ("files", "both", "conversation")}
    found |= {f"a1:{name}:{which}": "." for name in ("continue", "rerun", "again", "now") for which in (turn, other)}
    found |= {f"a1:queued:{n}:{what}": "." for n in (0, 1, 999) for what in ("remove", "now", "edited")}
    found |= {f"a1:{name}:{turn}:toolu_forged": "no such request" for name in ("allow", "deny")}
    found |= {f"a1:undo:{turn}:{request}": _GONE, f"a1:undo:{other}:{request}": _NOT_HERE, "a1:addrule:7:0": _GONE}
    found["a1:page:0:all:all:nowhere"] = "no project"
    garbage = ("a1:", "a1:stop", "a1:stop:", "a1:stop:é", "a1:grant:t:x", "a2:stop:t", f"a99:{'x' * 96}", "a1:allow::x")
    found |= dict.fromkeys((*garbage, f"a1:stop:{'t' * 41}", f"a1:queued:{'9' * 19}:now", f"a1:{'x:' * 48}y"), _OLD)
    return found


async def post_old_message(chain: Chain, place: str, components: Sequence[Json]) -> Json:
    """A message of the bot's with these components, as an earlier version may have left it."""
    url = f"{chain.world.about['api']}/channels/{place}/messages"
    headers = {"Authorization": f"Bot {chain.world.about['bot_token']}"}
    body = {"content": "an old message", "components": list(components)}
    async with ClientSession(headers=headers) as http, http.post(url, json=body) as response:
        message = await response.json()
        assert response.status == 200, message
    found = await chain.ada.until(lambda ada: ada.message(message))
    assert found is not None
    return found


def rows_of(ids: Sequence[str]) -> Iterable[list[Json]]:
    """Messages full of buttons."""
    for start in range(0, len(ids), _ROW * _ROWS):
        some = ids[start : start + _ROW * _ROWS]
        made = [{"type": 2, "style": 2, "label": "Old", "custom_id": one} for one in some]
        yield [{"type": 1, "components": made[n : n + _ROW]} for n in range(0, len(made), _ROW)]


async def next_private(chain: Chain, place: str, before: int, words: str, what: object) -> None:
    """Wait for the next thing that Ada alone is told: it holds these words."""
    await chain.ada.until(lambda _: len(chain.private(place)) > before)
    assert re.search(words, chain.private(place)[-1]), (what, chain.private(place)[-1])


async def replayed(chain: Chain, at: Scene) -> None:
    """Press everything; each is answered in time, with words of its own."""
    wanted = buttons(at)
    for rows in rows_of(list(wanted)):
        message = await post_old_message(chain, at.place, rows)
        for custom_id in turns.custom_ids(message):
            before = len(chain.private(at.place))
            outcome = await chain.ada.click(message, custom_id)
            assert outcome.kind == "success", custom_id
            await next_private(chain, at.place, before, wanted[custom_id], custom_id)
    await pages_replayed(chain, at)
    await menus_replayed(chain, at)
    await forms_replayed(chain, at)


async def pages_replayed(chain: Chain, at: Scene) -> None:
    """A list's buttons go on working: their own message changes."""
    for custom_id, words in {"a1:page:7:all:all:playground": "**2 sessions**", "a1:rules:page:7": "No rules"}.items():
        message = await post_old_message(chain, at.place, next(iter(rows_of([custom_id]))))
        assert (await chain.ada.click(message, turns.custom_ids(message)[0])).kind == "success"
        await chain.ada.until(lambda ada, old=message, now=words: now in (ada.message(old) or old)["content"])


async def menus_replayed(chain: Chain, at: Scene) -> None:
    """The same by menus, also where a button stood when the id was made."""
    await replay_menus(chain, at, {"a1:rules:remove:0": _GONE})
    ids = {
        f"a1:choose:{at.turn}:{at.request}:0": _ANSWERED,
        f"a1:choose:{at.other}:{at.request}:0": _NOT_HERE,
        "a1:queued:0:pick": ".",
        f"a1:allow:{at.turn}:{at.request}": _ANSWERED,
        "a1:menu": _OLD,
    }
    await replay_menus(chain, at, ids)


async def replay_menus(chain: Chain, at: Scene, ids: Mapping[str, str]) -> None:
    """Choose in menus of one message; each is answered with its words."""
    options = [{"label": value, "value": value} for value in ("0", "7", "x", "else")]
    rows = [
        {"type": 1, "components": [{"type": 3, "custom_id": one, "options": options, "max_values": 4}]} for one in ids
    ]
    message = await post_old_message(chain, at.place, rows)
    for custom_id, words in ids.items():
        for values in (["0"], ["x", "7"]):
            before = len(chain.private(at.place))
            assert (await chain.ada.select(message, custom_id, values)).kind == "success", (custom_id, values)
            await next_private(chain, at.place, before, words, custom_id)


async def forms_replayed(chain: Chain, at: Scene) -> None:
    """A form is opened by its button whatever became of the request, and is answered when it comes back."""
    ids = {f"a1:{name}:{at.turn}:{at.request}": _ANSWERED for name in ("words", "keep", "decline")}
    ids |= {f"a1:other:{at.turn}:{at.request}:0": _ANSWERED, f"a1:words:{at.other}:{at.request}": _NOT_HERE}
    ids |= {f"a1:words:{at.turn}:toolu_forged": "no such request"}
    [rows] = rows_of(list(ids))
    message = await post_old_message(chain, at.place, rows)
    for custom_id, words in ids.items():
        form = await chain.ada.click(message, custom_id)
        assert form.kind == "modal", custom_id
        before = len(chain.private(at.place))
        assert (await chain.ada.submit_modal(form, {"words": "Late."})).kind == "success"
        await next_private(chain, at.place, before, words, custom_id)


def aged(chain: Chain) -> None:
    """Everything that the bridge knows happened a month ago."""
    with closing(sqlite3.connect(chain.world.root / "state" / "antiphon.db")) as store, store:
        for table, column in (("outbox", "created"), ("inbox", "created"), ("inbox", "ended"), ("session", "touched")):
            store.execute(f"update {table} set {column} = {column} - {_MONTH}")
        started = "json_set(body, '$.started', json_extract(body, '$.started') - ?)"
        store.execute(f"update outbox set body = {started} where kind = 'begin'", (_MONTH,))


@pytest.fixture
def limits() -> Limits:
    """Discord would not take so many messages so fast."""
    return Limits(identify_window=0.0).with_rates(send=Rate(100, 5.0))


@pytest.fixture
async def asked(unstarted: Chain) -> Chain:
    return await start_asking(unstarted)


@pytest.mark.slow
async def test_every_control_that_was_ever_posted_is_answered(asked: Chain) -> None:
    at = await scene(asked)
    await replayed(asked, at)
    await asked.bridge.stop()
    aged(asked)
    await asked.bridge.start()
    await replayed(asked, at)
    assert not [line for line in asked.bridge.lines if "Traceback" in line or "ERROR" in line]
    assert len(asked.prompts()) == 2  # nothing ran because of any of them


@pytest.mark.slow
async def test_a_stranger_and_a_place_without_a_project_are_told(asked: Chain) -> None:
    at = await scene(asked)
    message = await post_old_message(asked, at.place, next(iter(rows_of([f"a1:stop:{at.turn}", "a1:grant"]))))
    for custom_id in turns.custom_ids(message):
        assert (await asked.mallory.click(message, custom_id)).kind == "success"

    def refused(_: object) -> bool:
        told = "\n".join(one["content"] for one in asked.mallory.messages(at.place))
        return not_allowed("stop") in told and not_allowed("answer") in told

    await asked.mallory.until(refused)


@pytest.mark.slow
async def test_what_is_not_ours_is_left_alone(asked: Chain) -> None:
    place = await asked.ask("say: hi")
    await asked.ended(place)
    message = await post_old_message(asked, place, next(iter(rows_of(["stop", "other:a1:stop:x", " a1:stop:x"]))))
    for custom_id in ("stop", "other:a1:stop:x"):
        assert (await asked.ada.click(message, custom_id)).kind == "failure"  # nobody answers: so Discord says
    assert not asked.private(place)
