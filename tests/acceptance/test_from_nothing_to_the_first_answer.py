"""Day one: an empty home, one paste, and Claude answers; the button below the first message works."""

import time
from pathlib import Path

import pytest
from bench import shown

from antiphon.doctor import wording as found
from antiphon.setup import wording
from setup_terminal import new_machine

LIMIT = 60.0  # seconds of machine time: nobody types here


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_from_an_empty_home_to_the_first_answer(tmp_path: Path) -> None:
    async with new_machine(tmp_path) as machine:
        await machine.no_intent()
        await machine.not_invited()
        began = time.monotonic()
        async with machine.screen() as screen:
            await screen.answer(f"{wording.TOKEN}: ", machine.token)
            await screen.expect(wording.WAITING)
            await machine.ada.take_invitation(found.invitation(int(machine.bot)))
            await screen.answer(f"{wording.ONE_OF}: ", "general")
            await screen.answer(wording.DIRECTORY)
            await screen.answer("just Enter")
            await screen.expect("Ready. Start the bridge: ")
            assert await screen.ended() == 0
        async with machine.screen("run") as bridge:
            await bridge.expect("connected as antiphon")
            (ready,) = [one for one in machine.ada.messages(machine.general) if shown.custom_ids(one)]
            known = set(machine.ada.channels)
            assert (await machine.ada.click(ready, "a1:try:example")).kind == "success"
            (place,) = await machine.ada.until(lambda ada: set(ada.channels) - known, 20)
            await machine.ada.until(lambda ada: shown.ends(ada.messages(place)), 30)
            assert "Say hello" in "".join(shown.chunks(machine.ada.messages(place)))
            took = time.monotonic() - began
            await bridge.interrupt()
        print(f"from nothing to the first answer: {took:.1f} s of machine time")
        assert took < LIMIT
        code, told = await machine.lines("doctor")
        assert code == 0, told
