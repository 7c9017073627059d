"""Projects that come, change and go while the bridge runs, and a configuration that is read again: nothing is lost."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from antiphon.standin.client_shapes import words_of
from antiphon.standin.person import Person

from chain import Chain, Json, button


async def fill(chain: Chain, person: Person, command: str, values: Mapping[str, Any], **options: str) -> None:
    """Somebody opens the form of a command, and sends it."""
    form = await person.command(chain.general, command, options)
    assert form.kind == "modal", form
    outcome = await person.submit_modal(form, values)
    assert outcome.kind == "success", outcome


async def told(chain: Chain, text: str, person: Person | None = None) -> Json:
    """The newest message for somebody alone that says that."""
    found = await (person or chain.ada).until(
        lambda one: [m for m in one.messages(chain.general) if m["flags"] & 64 and text in words_of(m)], 20
    )
    return found[-1]


async def new_project(chain: Chain, name: str = "web", **values: Any) -> str:
    """Ada adds one with a channel and a directory of its own; the channel."""
    directory = chain.project.parent / name
    directory.mkdir()
    (directory / "CLAUDE.md").write_text("")
    channel = (await chain.ada.create_channel(name))["id"]
    filled = {"name": name, "directory": str(directory), "channels": [channel], **values}
    await fill(chain, chain.ada, "project add", filled)
    await told(chain, f"{name}** is a project now")
    return channel


async def opened(chain: Chain, channel: str, text: str) -> str:
    """Ada writes in a channel; the thread that it opens."""
    return (await chain.ada.say(channel, text))["id"]


def heard(chain: Chain) -> str:
    """All that the model was told last."""
    last = chain.model_requests()[-1]
    return last.system + json.dumps(last.messages)


async def reload(chain: Chain) -> tuple[int, str]:
    """`antiphon config reload` in a shell: its exit code, and what it says."""
    return await chain.antiphon("config", "reload")


async def test_one_that_is_added_works_at_once_and_after_a_restart(chain: Chain) -> None:
    web = await new_project(chain)
    place = await opened(chain, web, "remember the word harbour")
    assert "Done" in await chain.ended(place)
    assert str(chain.project.parent / "web") in heard(chain)
    await chain.ada.command(chain.general, "project list")
    listed = words_of(await told(chain, "antiphon config reload"))
    assert re.search(rf"\*\*playground\*\* .*\n-# set in the configuration\n\*\*web\*\* .*<#{web}>", listed), listed
    await chain.restart()
    await chain.ask("and again", place)
    await chain.ended(place, 2)
    assert "remember the word harbour" in heard(chain)


@pytest.mark.slow
async def test_what_it_changes_holds_from_the_next_turn_on(chain: Chain) -> None:
    web = await new_project(chain)
    place = await opened(chain, web, "one")
    await chain.ended(place)
    await fill(chain, chain.ada, "project change", {"model": "haiku"}, project="web")
    await told(chain, "like this from now on")
    await chain.ask("two", place)
    await chain.ended(place, 2)
    assert "haiku" in chain.model_requests()[-1].model
    # What was not touched in the form is as it was.
    other = await opened(chain, web, "three")
    await chain.ended(other)


@pytest.mark.slow
async def test_one_that_is_removed_ends_its_turn_and_goes_on_when_it_is_back(unstarted: Chain) -> None:
    chain = await unstarted.start_configured({"claude": {"allowed_tools": ["Bash"]}})
    web = await new_project(chain)
    place = await opened(chain, web, "remember the word harbour")
    await chain.ended(place)
    await chain.at_work('call Bash {"command": "while [ ! -e go ]; do sleep 0.2; done"}', place, "go ]")
    await chain.ada.command(chain.general, "project remove", {"project": "web"})
    asked = await told(chain, "Turns at work in it end")
    await chain.ada.click(asked, button(asked, "Remove"))
    await chain.ada.until(lambda _: len(chain.ends(place)) == 2, 20)
    assert "no longer configured" in chain.ends(place)[-1], [words_of(one) for one in chain.ada.messages(place)]
    unheard = await chain.ada.say(web, "is anybody there?")
    directory = chain.project.parent / "web"
    filled = {"name": "web", "directory": str(directory), "channels": [web]}
    await fill(chain, chain.ada, "project add", filled)
    again = "web** is a project now"
    await chain.ada.until(lambda ada: sum(again in words_of(one) for one in ada.messages(chain.general)) == 2, 20)
    await chain.ask("what was the word?", place)
    await chain.ended(place, 3)
    assert "remember the word harbour" in heard(chain)
    await chain.restart()  # what was said while nobody listened is nothing that was missed
    await chain.ask("and now?", place)
    await chain.ended(place, 4)
    assert not (chain.ada.message(unheard) or {}).get("reactions")


async def test_what_cannot_be_is_said_and_nobody_else_may(chain: Chain) -> None:
    refused = await chain.ben.command(chain.general, "project add")
    assert refused.kind == "success"
    await told(chain, "that is for admins of every project", chain.ben)
    values = {"name": "a b", "directory": "code/web", "channels": [chain.general]}
    await fill(chain, chain.ada, "project add", values)
    words = words_of(await told(chain, "That does not work"))
    assert "name: letters, digits" in words
    assert "give the full path" in words
    missing = {"name": "web", "directory": str(chain.project / "nowhere"), "channels": [chain.general]}
    await fill(chain, chain.ada, "project add", missing)
    await told(chain, "there is no directory")
    taken = {**missing, "directory": str(chain.project)}
    await fill(chain, chain.ada, "project add", taken)
    await told(chain, "belongs to two projects")
    await fill(chain, chain.ada, "project add", {**taken, "name": "playground"})
    await told(chain, "There is a project called playground already")
    await chain.ada.command(chain.general, "project change", {"project": "playground"})
    await told(chain, "is set in Antiphon's configuration")


@pytest.mark.slow
async def test_of_two_admins_at_once_one_is_told(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(
        {"projects.playground.admins": {"people": [int(unstarted.ben.id)]}}, people=[int(unstarted.ben.id)]
    )
    web, other = (await chain.ada.create_channel("web"))["id"], (await chain.ada.create_channel("other"))["id"]
    forms = await asyncio.gather(*(one.command(chain.general, "project add") for one in (chain.ada, chain.ben)))
    both = zip((chain.ada, chain.ben), forms, (web, other), strict=True)
    sent = [
        person.submit_modal(form, {"name": "web", "directory": str(chain.project), "channels": [channel]})
        for person, form, channel in both
    ]
    await asyncio.gather(*sent)

    def said(person: Person) -> str:
        return "".join(words_of(one) for one in person.messages(chain.general) if one["flags"] & 64)

    async with asyncio.timeout(20):
        while not (said(chain.ada) and said(chain.ben)):  # noqa: ASYNC110 - of two people
            await asyncio.sleep(0.05)
    texts = sorted((said(chain.ada), said(chain.ben)))
    assert "There is a project called web already" in texts[0] or "There is a project called web already" in texts[1]
    assert sum("web** is a project now" in one for one in texts) == 1
    # The same for changes: whoever saw an older one looks again.
    forms = await asyncio.gather(
        *(one.command(chain.general, "project change", {"project": "web"}) for one in (chain.ada, chain.ben))
    )
    for person, form in zip((chain.ada, chain.ben), forms, strict=True):
        await person.submit_modal(form, {"model": f"model-of-{person.id}"})
    await told(chain, "from now on", chain.ada)
    await told(chain, "meanwhile. Look at it again", chain.ben)


async def test_a_file_that_has_changed_is_taken_up_and_a_broken_one_is_not(chain: Chain) -> None:
    web = (await chain.ada.create_channel("web"))["id"]
    file = chain.world.config
    before = file.read_text()
    changed = before.replace("drain = 0", "drain = 7")
    assert changed != before
    file.write_text(f'{changed}\n[projects.web]\ndirectory = "{chain.project}"\nchannels = [{web}]\n')
    code, words = await reload(chain)
    assert (code, words) == (0, "In force now: projects.web.\nAfter a restart: limits.drain.\n")
    assert "Done" in await chain.ended(await opened(chain, web, "one"))
    file.write_text(f'{before}\n[projects.web]\ndirectory = "/nowhere"\nchannels = [{web}]\n')
    code, words = await reload(chain)
    assert code == 78
    assert re.search(r"line \d+: .*there is no directory /nowhere", words), words
    assert "Done" in await chain.ended(await opened(chain, web, "two"))
    code, words = await chain.antiphon("status")
    assert "stays as it was" in words
    file.write_text(before)
    assert await reload(chain) == (0, "In force now: projects.web.\n")
    code, words = await chain.antiphon("status")
    assert "stays as it was" not in words


@pytest.mark.slow
async def test_the_file_wins_and_says_so(chain: Chain) -> None:
    web = await new_project(chain)
    file = chain.world.config
    file.write_text(f'{file.read_text()}\n[projects.web]\ndirectory = "{chain.project}"\nchannels = [{web}]\n')
    code, words = await reload(chain)
    assert code == 0
    assert "Not in use: the project web, which was added in Discord: the configuration file has a project" in words
    await chain.ended(await opened(chain, web, "hello"))
    assert str(chain.project) in heard(chain)
    await chain.ada.command(chain.general, "project list")
    assert "Not in use: the configuration file has a project of this name" in words_of(await told(chain, "Not in use"))


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_twenty_turns_go_on_while_one_is_added_and_the_file_is_read_again(unstarted: Chain) -> None:
    chain = await unstarted.start_configured({"limits": {"sessions_at_work": 21, "processes": 21}}, isolation="off")
    wait = 'call Bash {"command": "while [ ! -e go ]; do sleep 0.2; done"}'
    places = [await chain.ask(f"{wait}\nsay: word {n}") for n in range(20)]
    await chain.ada.until(lambda _: all("go ]" in "".join(chain.statuses(one)) for one in places), 90)
    web = await new_project(chain)
    file = chain.world.config
    before = file.read_text()
    file.write_text(f"{before}\n[projects.web2]\n")
    assert (await reload(chain))[0] == 78
    file.write_text(f'{before}\n[display]\nthinking = "full"\n')
    assert await reload(chain) == (0, "In force now: display.thinking.\n")
    assert "Done" in await chain.ended(await opened(chain, web, "hello"), limit=60)
    (chain.project / "go").touch()
    for n, place in enumerate(places):
        assert "Done" in await chain.ended(place, limit=60), n
