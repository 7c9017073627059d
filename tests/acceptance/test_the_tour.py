"""Every suggestion of the demo's tour does what it shows."""

import pytest
from bench.shown import open_buttons

from antiphon.demo.tour import TOUR

from chain import Chain


@pytest.mark.slow
async def test_every_stop_of_the_tour_ends_as_it_says(chain: Chain) -> None:
    for stop in TOUR:
        if stop.text.startswith("sleep"):
            continue  # there to be stopped: test_stop_and_status does that
        place = await chain.ask(stop.text)
        if stop.end == "waits":
            await chain.ada.until(lambda _, at=place: chain.statuses(at) and chain.statuses(at)[0].startswith("✋"), 20)
            (request,) = [one for one in chain.ada.messages(place) if open_buttons(one)]
            denied = stop.text.startswith("call")  # what goes out of this machine is not to be allowed here
            await chain.ada.click(request, open_buttons(request)[1 if denied else 0])
            assert ("denied" if denied else "done") in await chain.ended(place), stop
        else:
            assert stop.end in await chain.ended(place), stop


@pytest.mark.slow
async def test_the_wide_table_of_the_tour_is_a_picture_with_its_text(chain: Chain) -> None:
    (table,) = [stop.text for stop in TOUR if "|---" in stop.text]
    place = await chain.ask(table)
    await chain.ended(place)
    (picture,) = [one for one in chain.ada.messages(place) if one["attachments"]]
    assert [one["filename"] for one in picture["attachments"]] == ["table.png", "table.md"]
    assert (await chain.ada.fetch(picture["attachments"][0])).startswith(b"\x89PNG")
    assert b"payments-gateway" in await chain.ada.fetch(picture["attachments"][1])


@pytest.mark.slow
async def test_the_edit_of_the_tour_really_changes_the_file(chain: Chain) -> None:
    before = (chain.project / "hello.py").read_text()
    place = await chain.ask("edit hello.py")
    assert "Done" in await chain.ended(place)
    assert (chain.project / "hello.py").read_text() != before


@pytest.mark.slow
async def test_a_command_that_fails_is_shown_as_failed(chain: Chain) -> None:
    place = await chain.ask("bash: python3 -c 'import no_such_module'\nsleep 4")
    await chain.ada.until(lambda _: "✗ Bash" in "".join(chain.statuses(place)), 20)
    assert "1 failed" in await chain.ended(place)
