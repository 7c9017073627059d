"""/model, /mode, /effort, /compact, /clear, /reset and /skill: what people choose reaches Claude, and stays chosen."""

from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import not_allowed
from antiphon.actions.reasons import Condition
from antiphon.agent.process.installation import bundled
from antiphon.agent.wording import COMPACTED
from antiphon.chat.wording import NOT_A_MODERATOR, RESET, refusal
from antiphon.standin.client_shapes import words_of

from chain import Chain


def messages_with(chain: Chain, place: str, words: str) -> list[dict[str, Any]]:
    """What the bot says in a place with these words in it."""
    return [one for one in chain.ada.messages(place) if one["author"].get("bot") and words in words_of(one)]


def models(chain: Chain) -> list[str]:
    """The models of the requests that turns made."""
    return [one.model for one in chain.standin.model.requests if one.kind == "main"]


@pytest.mark.slow
async def test_a_model_is_chosen_at_once_and_kept_over_a_restart(chain: Chain) -> None:
    place = await chain.ask("say: one")
    await chain.ended(place)
    await chain.ada.command(place, "model", {"model": "haiku"})
    answer = await chain.shown(place, "Model: `haiku`")
    assert not answer["flags"] & 64  # everybody sees it
    await chain.ask("say: two", place)
    await chain.ended(place, turns=2)
    await chain.restart()
    await chain.ask("say: three", place)
    await chain.ended(place, turns=3)
    first, second, third = models(chain)
    assert "haiku" not in first
    assert "haiku" in second
    assert "haiku" in third
    await chain.ada.command(place, "model")
    await chain.told(place, "Model: `haiku`")  # only who asked
    await chain.ada.command(place, "model", {"model": "default"})
    await chain.shown(place, "Model: default")
    await chain.ask("say: four", place)
    await chain.ended(place, turns=4)
    assert models(chain)[-1] == first


@pytest.mark.slow
async def test_any_model_may_be_typed(chain: Chain) -> None:
    offered = [one["value"] for one in await chain.ada.autocomplete(chain.general, "model", "model", "claude-opus-5-5")]
    assert offered == ["claude-opus-5-5"]
    every = [one["value"] for one in await chain.ada.autocomplete(chain.general, "model", "model", "")]
    assert every[:3] == ["default", "sonnet", "opus"]


async def test_a_mode_holds_at_once_also_in_the_running_turn(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, permission_mode="default", allowed_tools=[])
    await chain.bridge.start()
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.ada.command(place, "mode", {"mode": "acceptEdits"})
    await chain.shown(place, "Mode: `acceptEdits`")
    await chain.ask("write made.txt: hello", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert (chain.project / "made.txt").exists()
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]


@pytest.mark.slow
async def test_bypass_is_for_projects_that_allow_it(chain: Chain) -> None:
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.ada.command(place, "mode", {"mode": "bypassPermissions"})
    assert (await chain.shown(place, refusal(Condition.BYPASS_NOT_ALLOWED)))["flags"] & 64


@pytest.mark.slow
async def test_where_bypass_is_allowed_nothing_is_asked_but_what_is_dangerous_also_after_a_restart(
    unstarted: Chain,
) -> None:
    chain = unstarted
    command = chain.world.root / "claude"
    command.write_text(f'#!/bin/sh\nIS_SANDBOX=1 exec "{bundled()}" "$@"\n')  # it does not bypass anything as root
    command.chmod(0o755)
    free = {"permission_mode": "default", "allowed_tools": [], "allow_bypass": True, "dangerous": ["Bash(rm *)"]}
    chain.world.configure({"claude": {"command": str(command)}}, people=[int(chain.ben.id)], **free)
    await chain.bridge.start()
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.ada.command(place, "mode", {"mode": "bypassPermissions"})
    await chain.shown(place, "Mode: `bypassPermissions`")
    await chain.ask("bash: touch one.txt", place)
    assert "Done" in await chain.ended(place, turns=2)
    await chain.restart()
    await chain.ask("bash: touch two.txt", place)
    assert "Done" in await chain.ended(place, turns=3)
    assert {(chain.project / name).exists() for name in ("one.txt", "two.txt")} == {True}
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]
    await chain.ask("bash: true && rm one.txt", place)
    request = await chain.shown(place, "two people have to allow this")
    deny = next(one for one in turns.custom_ids(dict(request)) if one.startswith("a1:deny:"))
    await chain.ada.click(dict(request), deny)
    assert "Done" in await chain.ended(place, turns=4)
    assert (chain.project / "one.txt").exists()


@pytest.mark.slow
async def test_effort_reaches_the_model_and_goes_back(chain: Chain) -> None:
    place = await chain.ask("say: one")
    await chain.ended(place)
    await chain.ada.command(place, "effort", {"effort": "max"})
    await chain.shown(place, "Effort: `max`")
    await chain.ask("say: two", place)
    await chain.ended(place, turns=2)
    await chain.ada.command(place, "effort", {"effort": "default"})
    await chain.shown(place, "Effort: default")
    await chain.ask("say: three", place)
    await chain.ended(place, turns=3)
    efforts = [one.effort for one in chain.standin.model.requests if one.kind == "main"]
    assert efforts[1] == "max"
    assert efforts[0] == efforts[2] != "max"


@pytest.mark.slow
async def test_who_may_not_configure_only_looks(unstarted: Chain) -> None:
    chain = unstarted
    await chain.bridge.start()
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.mallory.command(place, "model", {"model": "haiku"})
    await chain.mallory.until(lambda who: [m for m in who.messages(place) if not_allowed("configure") in m["content"]])
    await chain.ask("say: again", place)
    await chain.ended(place, turns=2)
    assert len(set(models(chain))) == 1


@pytest.mark.slow
async def test_clear_makes_claude_forget_and_the_thread_stays(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chain.ada.command(place, "clear")
    await chain.ended(place, turns=2)
    await chain.ask("recall", place)
    await chain.ended(place, turns=3)
    assert "antiphony" not in chain.chunks(place)[-1]


@pytest.mark.slow
async def test_compact_says_so_and_goes_on(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chain.ada.command(place, "compact", {"hint": "keep the word"})
    await chain.ended(place, turns=2)
    await chain.shown(place, COMPACTED)
    assert messages_with(chain, place, "/compact keep the word")
    await chain.ask("say: still here", place)
    await chain.ended(place, turns=3)


@pytest.mark.slow
async def test_reset_begins_anew_here_and_in_a_whole_channel(chain: Chain) -> None:
    places = [await chain.ask(f"remember word{n}") for n in range(3)]
    for place in places:
        await chain.ended(place)
    await chain.ada.command(places[0], "reset")
    await chain.shown(places[0], RESET)
    await chain.ask("sleep 60", places[1])
    await chain.ada.until(lambda _: "sleep(60)" in "".join(chain.statuses(places[1])), 20)
    await chain.ada.command(chain.general, "reset", {"channel": chain.general})
    answer = await chain.shown(chain.general, "Cleared 2 sessions")
    assert refusal(Condition.AT_WORK) in answer["content"]
    await chain.ada.command(places[1], "stop")
    await chain.ended(places[1], turns=2)
    for place, word, ends in ((places[0], "word0", 2), (places[1], "word1", 3), (places[2], "word2", 2)):
        await chain.ask("recall", place)
        await chain.ended(place, turns=ends)
        assert (word in chain.chunks(place)[-1]) == (place == places[1])


@pytest.mark.slow
async def test_reset_needs_manage_messages(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, people=[int(chain.mallory.id)])
    await chain.bridge.start()
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.mallory.command(place, "reset")
    await chain.mallory.until(lambda who: [m for m in who.messages(place) if NOT_A_MODERATOR in m["content"]])


@pytest.fixture
def with_skills(unstarted: Chain) -> Chain:
    """The chain with a custom command in its project."""
    commands = unstarted.project / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "greet.md").write_text(
        "---\ndescription: Says hello\nargument-hint: <name>\n---\nsay: hello $ARGUMENTS\n"
    )
    return unstarted


async def test_a_skill_is_offered_and_runs_with_its_arguments(with_skills: Chain) -> None:
    chain = with_skills
    await chain.bridge.start()
    place = await chain.ask("say: hi")
    await chain.ended(place)
    (choice,) = await chain.ada.autocomplete(place, "skill", "name", "gre")
    assert choice["value"] == "greet"
    assert "Says hello" in choice["name"]
    await chain.ada.command(place, "skill", {"name": "greet", "arguments": "Ada"})
    await chain.ended(place, turns=2)
    # No message of a person began this turn, so there is no mark that tells when all of it is posted.
    await chain.ada.until(lambda _: "hello Ada" in chain.answer(place))
    await chain.ada.command(place, "skill", {"name": "nonsense"})
    await chain.shown(place, "no skill or command called")


@pytest.mark.slow
async def test_a_new_skill_is_there_without_a_restart(with_skills: Chain) -> None:
    chain = with_skills
    await chain.bridge.start()
    place = await chain.ask("say: hi")
    await chain.ended(place)
    skill = chain.project / ".claude" / "skills" / "late"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: late\ndescription: Comes late\n---\nThe body of late.\n")
    await chain.ada.command(place, "skill", {"name": "late"})
    await chain.ended(place, turns=2)
    assert "The body of late." in str(chain.standin.model.requests[-1].messages)


@pytest.mark.slow
async def test_a_mode_as_the_first_act_in_a_fresh_thread_makes_its_session_and_elsewhere_is_refused_privately(
    chain: Chain,
) -> None:
    thread = (await chain.ada.start_thread(chain.general, "my own"))["id"]
    await chain.ada.command(thread, "mode", {"mode": "plan"})
    await chain.ada.until(lambda ada: any("Mode: `plan`" in one["content"] for one in ada.messages(thread)))
    for place, command in ((chain.general, "compact"), (chain.general, "mode")):
        await chain.ada.command(place, command, {"mode": "plan"} if command == "mode" else {})
    await chain.ada.until(
        lambda ada: sum("There is no session here" in one["content"] for one in ada.messages(chain.general)) == 2
    )
    told = [one for one in chain.ada.messages(chain.general) if "There is no session here" in one["content"]]
    assert all(one["flags"] & 64 for one in told)
