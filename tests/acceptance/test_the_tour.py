"""Every suggestion of the demo's tour does what it shows."""

from antiphon.demo.tour import TOUR

from chain import Chain


async def test_every_stop_of_the_tour_ends_as_it_says(chain: Chain) -> None:
    for stop in TOUR:
        if stop.text.startswith("sleep"):
            continue  # there to be stopped: test_stop_and_status does that
        place = await chain.ask(stop.text)
        assert stop.end in await chain.ended(place), stop


async def test_the_edit_of_the_tour_really_changes_the_file(chain: Chain) -> None:
    before = (chain.project / "hello.py").read_text()
    place = await chain.ask("edit hello.py")
    assert "done" in await chain.ended(place)
    assert (chain.project / "hello.py").read_text() != before


async def test_a_command_that_fails_is_shown_as_failed(chain: Chain) -> None:
    place = await chain.ask("bash: python3 -c 'import no_such_module'\nsleep 4")
    await chain.ada.until(lambda _: "✗ Bash" in "".join(chain.statuses(place)), 20)
    assert "1 failed" in await chain.ended(place)
