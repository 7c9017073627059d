"""A bridge that is frozen while it answers a hook, and goes on when nobody waits for that answer any more: what was to
go along with it reaches Claude once, by another way, or is told to be undecided."""

import signal

import pytest
from chaos.points import Point

from antiphon.agent.wording import undecided
from terminals import needs_tmux, session, until_frozen, until_not_woken

from chain import Chain

pytestmark = [needs_tmux, pytest.mark.timeout(240), pytest.mark.slow]

TYPED = {"PostToolUse": "sleep 2\nsay: {}", "Stop": "slow 2\nsay: {}"}


@pytest.mark.parametrize("hook", TYPED)
async def test_what_a_late_answer_had_with_it_comes_by_another_way(unstarted: Chain, hook: str) -> None:
    async with session(unstarted) as one:
        for point in (Point.HOOK_RECEIVED, Point.HOOK_DECIDED):
            async with one.frozen_at(point, hook) as bridge:
                await one.type(TYPED[hook], f"typed {point.name}")
                await one.works()
                await one.ask(f"written {point.name}", accepted=True)
                await until_frozen(bridge)
                await one.goes_on(f"typed {point.name}")
                bridge.signal(signal.SIGCONT)
                await one.settled()
        await one.chain.bridge.start()
        await one.ask("last")
        await one.settled()


async def test_what_a_session_was_to_be_woken_with_wakes_it_again_or_is_undecided(unstarted: Chain) -> None:
    async with session(unstarted) as one:
        async with one.frozen_at(Point.HOOK_RECEIVED, "wake") as bridge:
            await one.ask("woken")
            await until_frozen(bridge)
            await until_not_woken(one.chain)
            bridge.signal(signal.SIGCONT)
            await one.settled()
        async with one.frozen_at(Point.HOOK_DECIDED, "wake") as bridge:
            await one.ask("nobody knows")
            await until_frozen(bridge)
            await until_not_woken(one.chain)
            bridge.signal(signal.SIGCONT)
            await one.ask("afterwards")
            await one.chain.shown(one.place, undecided("say: nobody knows"), 90)
            one.forget("nobody knows")
            await one.settled()
