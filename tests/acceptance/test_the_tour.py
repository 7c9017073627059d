"""Every suggestion of the demo's tour does what it shows."""

import subprocess
import sys

import pytest
from bench.shown import open_buttons

from acceptance.steps import open_request, press, press_newest
from acceptance.test_steering import marks
from antiphon.demo.tour import PROJECT, SECTIONS, TOUR, Suggestion
from antiphon.standin import Pace
from antiphon.standin.client_shapes import words_of

from chain import Chain

REVIEW, COUNT = "Review every file, one by one", "Count the lines, too"

ENDS = {"done": "Done", "waits": "Done", "failed": "Failed", "stopped": "Stopped"}


@pytest.fixture
def pace() -> Pace:
    """Quicker than the demo's, but there is time to do something meanwhile."""
    return Pace(0.4, 0.0)


@pytest.fixture
async def tour(unstarted: Chain) -> Chain:
    """The chain as the demo has it."""
    return await unstarted.start_configured(SECTIONS, **PROJECT)


async def allow_all(chain: Chain, place: str, turns: int) -> int:
    """Press the first button of each request until so many turns are over; how often."""
    pressed = 0
    while True:

        def waits(_: object) -> bool:
            return len(chain.ends(place)) >= turns or any(open_buttons(one) for one in chain.ada.messages(place))

        await chain.ada.until(waits, 40)
        asking = [one for one in chain.ada.messages(place) if open_buttons(one)]
        if not asking:
            return pressed
        assert (await chain.ada.click(asking[-1], open_buttons(asking[-1])[0])).kind == "success"
        await chain.ada.until(lambda ada, one=asking[-1]: not open_buttons(ada.message(one) or {}), 20)
        pressed += 1


async def play(chain: Chain, stop: Suggestion, place: str | None, turns: int) -> str:
    """Go to a stop, press what there is to press, and see its turn end as it says; the place."""
    place = await chain.ask(stop.text, place)
    if stop.end == "waits":
        assert await allow_all(chain, place, turns) > 0
    if stop.end == "stopped":
        await chain.ada.until(lambda _: "▸ Bash python3 build.py --watch" in seen(chain, place), 20)
        await chain.ada.command(place, "stop")
    assert ENDS[stop.end] in await chain.ended(place, turns=turns), stop
    return place


def seen(chain: Chain, place: str) -> str:
    """All that stands in a place, without the marks of code and of bold type."""
    return "\n".join(words_of(one) for one in chain.ada.messages(place)).replace("`", "").replace("**", "")


def attached(chain: Chain, place: str) -> list[str]:
    return [file["filename"] for one in chain.ada.messages(place) for file in one["attachments"]]


def hello(chain: Chain, *arguments: str) -> str:
    """What the program of the playground says by now."""
    command = [sys.executable, "-B", "hello.py", *arguments]
    return subprocess.run(command, cwd=chain.project, capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_every_stop_of_the_tour_ends_as_it_says_one_after_the_other_in_one_thread(tour: Chain) -> None:
    chain, place = tour, None
    for turns, stop in enumerate(TOUR, 1):
        place = await play(chain, stop, place, turns)
    assert place is not None
    said = seen(chain, place)
    assert "1 tool (1 failed)" in said  # the tests, before the fix
    assert "💭" in said
    assert "+    who = name.strip()" in said
    assert hello(chain, "--name", " ") == "Hello, stranger!\n"
    assert (chain.project / "USAGE.md").read_text().startswith("# Usage")
    assert "See you soon" in (chain.project / "hello.py").read_text()
    assert "Plan approved by Ada" in said
    assert len(said) > 5000
    assert attached(chain, place) == ["hello.py", "answer.md"]
    assert "build is done: [10/10]" in said
    assert "API Error: 400 This error is played" in said
    assert len(chain.ends(place)) == len(TOUR)
    requests = [one for one in chain.ada.messages(place) if open_buttons(one)]
    assert requests == []
    again = await chain.ask("Run the tests", place)  # also after a plan and an error
    assert "· 1 tool ·" in await chain.ended(again, turns=len(TOUR) + 1)


@pytest.mark.slow
async def test_a_new_file_is_asked_about_with_its_content_and_written_when_it_is_allowed(tour: Chain) -> None:
    place = await tour.ask("Write a USAGE.md")
    request = await open_request(tour, place)
    assert "$ python3 hello.py Ada" in words_of(dict(request))
    assert not (tour.project / "USAGE.md").exists()
    await press(tour, request, "deny")
    assert "Done" in await tour.ended(place)
    assert "All right, I won't write it." in tour.answer(place)
    assert not (tour.project / "USAGE.md").exists()
    await tour.ask("Write a USAGE.md", place)
    await press(tour, await open_request(tour, place), "allow")
    assert "Done" in await tour.ended(place, turns=2)
    assert "Hello, Ada!" in (tour.project / "USAGE.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "answer"),
    [(COUNT, "Sure, I count the lines from here on."), ("mind the gap", "I have read “mind the gap” in the middle")],
)
async def test_what_is_written_during_the_review_is_taken_in_and_answered(tour: Chain, words: str, answer: str) -> None:
    place = await tour.at_work(REVIEW, sign="README.md")
    message = await tour.accepted(place, words)
    await tour.ada.until(lambda _: answer in tour.answer(place), 20)
    assert not tour.ends(place)  # in the middle of the turn
    assert "Done" in await tour.ended(place)
    assert marks(tour, message) == ["📥"]
    assert len(tour.ends(place)) == 1
    assert tour.answer(place).count(answer) == 1
    assert ("Together they have" in tour.answer(place)) is (words == COUNT)


@pytest.mark.slow
async def test_the_wide_table_of_the_tour_is_a_list_with_all_that_it_says(tour: Chain) -> None:
    place = await tour.ask("Compare ways to publish it, in a table")
    await tour.ended(place)
    answer = tour.answer(place)
    assert "way: **A package**\n- what people type: `pipx install hello`\n- your work: an hour" in answer
    assert not [one for one in tour.ada.messages(place) if one["attachments"]]


@pytest.mark.slow
async def test_the_fix_changes_the_file_and_its_diff_is_shown(tour: Chain) -> None:
    assert hello(tour, "") == "Hello, !\n"
    place = await tour.ask("Fix the greeting in hello.py")
    request = await open_request(tour, place)
    assert '-    return f"Hello, {name}!"' in words_of(dict(request))
    assert await allow_all(tour, place, 1) == 1
    assert "3 tools · 1 file +2 −1" in await tour.ended(place)
    assert hello(tour, "") == "Hello, stranger!\n"


@pytest.mark.slow
async def test_the_error_of_the_tour_goes_through_when_it_is_tried_again(tour: Chain) -> None:
    place = await tour.ask("Show me an API error")
    assert "Failed" in await tour.ended(place)
    await press_newest(tour, place, "rerun")
    assert "Done" in await tour.ended(place, turns=2)
    await tour.ada.until(lambda _: "This time it went through." in tour.answer(place))


@pytest.mark.slow
async def test_what_was_stopped_goes_on_when_somebody_lets_it_continue(tour: Chain) -> None:
    place = await tour.at_work("Run the build", sign="build.py")
    await tour.ada.command(place, "stop")
    assert "Stopped" in await tour.ended(place)
    await press_newest(tour, place, "continue")
    assert "Done" in await tour.ended(place, turns=2)
    assert "build is done" in tour.answer(place)


@pytest.mark.slow
async def test_a_killed_turn_of_the_tour_goes_on_by_itself(tour: Chain) -> None:
    place = await tour.at_work(REVIEW, sign="hello.py")
    await tour.restart()
    assert "Done" in await tour.ended(place)
    assert "Claude continues" in seen(tour, place)
    assert tour.answer(place).count("That was all of them") == 1


@pytest.mark.slow
async def test_a_command_that_fails_is_shown_as_failed(chain: Chain) -> None:
    place = await chain.ask("bash: python3 -c 'import no_such_module'\nsleep 4")
    await chain.ada.until(lambda _: "✗ Bash" in "".join(chain.statuses(place)), 20)
    assert "1 failed" in await chain.ended(place)
