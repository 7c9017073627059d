"""Permission requests, answered from Discord: what was decided reaches Claude, once, from whoever may."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from antiphon.demo import turns
from antiphon.standin.client_shapes import words_of

from chain import Chain

_TOLD = re.compile("has (allowed|denied) this already|has just answered this")
_ASKING = {"permission_mode": "default", "allowed_tools": []}


async def asking(chain: Chain) -> Chain:
    """The chain with a project in which everything is asked about."""
    chain.world.configure({}, **_ASKING)
    await chain.bridge.start()
    return chain


async def requested(chain: Chain, place: str) -> Mapping[str, Any]:
    """Wait for the open request in a place; its message."""
    return (await chain.ada.until(lambda ada: [m for m in ada.messages(place) if turns.open_buttons(m)], 30))[0]


def control(message: Mapping[str, Any], name: str) -> str:
    """The custom_id of a request's button."""
    return next(one for one in turns.custom_ids(dict(message)) if one.startswith(f"a1:{name}:"))


def told(chain: Chain) -> str:
    """All that the model was told in its last request."""
    return str(chain.standin.model.requests[-1].messages)


async def test_always_is_spelt_out_and_not_asked_again_also_after_a_restart(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    assert "Always: Bash(touch" in words_of(dict(request))
    await chain.ada.click(dict(request), control(request, "always"))
    assert "done" in await chain.ended(place)
    settled = chain.ada.message(dict(request))
    assert settled is not None
    assert "allowed by Ada" in words_of(settled)
    assert "always: Bash(touch" in words_of(settled)
    await chain.ask("bash: touch made.txt", place)
    assert "done" in await chain.ended(place, turns=2)
    await chain.restart()
    await chain.ask("bash: touch made.txt", place)
    assert "done" in await chain.ended(place, turns=3)
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]


async def test_the_words_of_a_denial_reach_claude(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    form = await chain.ada.click(dict(request), control(request, "words"))
    assert form.kind == "modal"
    assert (await chain.ada.submit_modal(form, {"words": "Use a temporary file."})).kind == "success"
    assert "done" in await chain.ended(place)
    assert "Use a temporary file." in told(chain)
    assert not (chain.project / "made.txt").exists()
    settled = chain.ada.message(dict(request))
    assert settled is not None
    assert "Use a temporary file." in words_of(settled)


async def test_the_first_of_two_clicks_counts_and_the_second_is_told(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    clicks = (chain.ada.click(dict(request), control(request, name)) for name in ("allow", "deny"))
    await asyncio.gather(*clicks)
    await chain.ended(place)
    await chain.ada.until(lambda ada: [m for m in ada.messages(place) if _TOLD.search(m["content"])])
    settled = words_of(chain.ada.message(dict(request)) or {})
    assert (chain.project / "made.txt").exists() == ("allowed" in settled)


async def test_a_stranger_cannot_answer(unstarted: Chain) -> None:
    chain = await asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await requested(chain, place)
    for name in ("allow", "always", "deny", "words"):
        await chain.mallory.click(dict(request), control(request, name))

    def refusals(_: object) -> int:
        return sum("not among the people" in one["content"] for one in chain.mallory.messages(place))

    await chain.mallory.until(lambda _: refusals(_) == 4)
    assert turns.open_buttons(chain.ada.message(dict(request)) or {})
    await chain.ada.click(dict(request), control(request, "deny"))
    await chain.ended(place)
    assert not (chain.project / "made.txt").exists()
