"""What a member sees while Claude works, and can look up afterwards: tasks, retries, thinking, details, styles."""

from typing import Any

import pytest
from bench import shown as turns

from antiphon.standin.client_shapes import words_of

from chain import Chain

_EPHEMERAL = 1 << 6  # message flag


async def shows(chain: Chain, place: str, *words: str) -> None:
    """Wait until the turn's status shows all of these."""
    await chain.ada.until(lambda _: all(one in "".join(chain.statuses(place)) for one in words), 25)


async def private_reply(chain: Chain, place: str, control: str) -> dict[str, Any]:
    """Press a button of the turn's card; what is answered to that person alone."""
    (card,) = [one for one in chain.ada.messages(place) if any(f":{control}:" in id_ for id_ in turns.custom_ids(one))]
    (custom_id,) = [one for one in turns.custom_ids(card) if f":{control}:" in one]
    assert (await chain.ada.click(card, custom_id)).kind == "success"

    def answers(_: object) -> list[dict[str, Any]]:
        seen = [one for one in chain.ada.messages(place) if one.get("flags", 0) & _EPHEMERAL]
        return [one for one in seen if one["content"] or one["attachments"]]

    return (await chain.ada.until(answers, 10))[-1]


@pytest.mark.slow
async def test_claudes_own_tasks_are_a_checklist(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(model="claude-haiku-4-5")
    create = 'call TaskCreate {"subject": "%s", "description": "of the project"}'
    done = 'call TaskUpdate {"taskId": "1", "status": "completed"}'
    place = await chain.ask(f"{create % 'Read the code'}\n{create % 'Write the test'}\n{done}\nsleep 3")
    await shows(chain, place, "Tasks 1/2", "☑ Read the code", "☐ Write the test", "sleep(3)")
    assert "Done" in await chain.ended(place)


@pytest.mark.slow
async def test_a_sub_agent_is_seen_at_work_and_what_it_found_is_told(chain: Chain) -> None:
    place = await chain.ask("agent: sleep 5\nsleep 3")
    await shows(chain, place, "🤖", "Scripted sub-agent")
    await chain.ended(place)
    await chain.ada.until(lambda _: len(chain.ends(place)) == 2, 20)  # Claude Code goes on by itself when it is done


@pytest.mark.slow
async def test_a_failing_api_is_named_while_it_is_tried_again(chain: Chain) -> None:
    place = await chain.ask("error 529 2\nsay: it works again")
    await shows(chain, place, "Anthropic is overloaded. Trying again in")
    assert "Done" in await chain.ended(place)
    assert chain.answer(place).endswith("it works again")


@pytest.mark.slow
async def test_a_failed_command_shows_its_exit_code_and_first_line(chain: Chain) -> None:
    place = await chain.ask("bash: echo 'no such thing' >&2; exit 3\nsleep 3")
    await shows(chain, place, "✗", "exit code 3", "no such thing")
    assert "1 failed" in await chain.ended(place)


@pytest.mark.parametrize("thinking", ["off", "full"])
@pytest.mark.slow
async def test_thinking_stands_behind_a_spoiler_or_nowhere(unstarted: Chain, thinking: str) -> None:
    chain = await unstarted.start_configured(thinking=thinking)
    place = await chain.ask("think: is || this ```the``` way?")
    await chain.ended(place)
    thoughts = [words_of(one) for one in chain.ada.messages(place) if "💭" in words_of(one)]
    assert len(thoughts) == (thinking == "full")
    assert all(one.count("||") == 2 and one.endswith("||") and "```" not in one for one in thoughts)


@pytest.mark.slow
async def test_what_claude_writes_mentions_nobody(chain: Chain) -> None:
    place = await chain.ask(f"say: @everyone <@{chain.ben.id}> <@&{chain.world.about['guild_id']}>")
    await chain.ended(place)
    (said,) = [one for one in chain.ada.messages(place) if "@everyone" in one["content"] and one["author"].get("bot")]
    assert (said["mentions"], said["mention_roles"], said["mention_everyone"]) == ([], [], False)


async def test_details_are_for_the_one_who_asks_with_commands_outputs_and_diffs(chain: Chain) -> None:
    place = await chain.ask("bash: echo first; echo second\nedit hello.py")
    assert "+" in await chain.ended(place)
    answer = await private_reply(chain, place, "details")
    text = answer["content"]
    if answer["attachments"]:
        text = (await chain.ada.fetch(answer["attachments"][0])).decode()
    assert "echo first; echo second" in text
    assert "first\nsecond" in text
    assert "(edited)" in text
    assert not [one for one in chain.ben.messages(place) if "echo first; echo second" in one["content"]]


@pytest.mark.slow
async def test_long_details_come_as_a_file_also_after_a_restart(chain: Chain) -> None:
    place = await chain.ask("bash: seq 1 2000")
    await chain.ended(place)
    await chain.restart()
    answer = await private_reply(chain, place, "details")
    assert "\n1999\n2000" in (await chain.ada.fetch(answer["attachments"][0])).decode()


@pytest.mark.slow
async def test_a_long_answer_comes_as_a_file_too(chain: Chain) -> None:
    place = await chain.ask("stream 12000 1000000")
    await chain.ended(place)
    (file,) = [one for message in chain.ada.messages(place) for one in message["attachments"]]
    assert file["filename"] == "answer.md"
    said = "".join(chain.answer(place).split())
    assert "".join((await chain.ada.fetch(file)).decode().split()) == said


@pytest.mark.parametrize("style", ["compact", "legacy"])
@pytest.mark.slow
async def test_the_other_styles_show_the_same_facts(unstarted: Chain, style: str) -> None:
    chain = await unstarted.start_configured(progress_style=style)
    place = await chain.ask("bash: echo hello\nsay: the answer")
    assert "Done" in await chain.ended(place)
    shown = "\n".join(words_of(one) for one in chain.ada.messages(place))
    assert "echo hello" in shown
    assert chain.chunks(place)[-1].endswith("the answer")
