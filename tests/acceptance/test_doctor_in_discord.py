"""/doctor looks at all around the bridge, for admins; at its start the bridge says what it finds."""

import pytest

from acceptance.steps import deny, not_allowed
from antiphon.chat.permissions import ADD_REACTIONS
from antiphon.doctor import wording

from chain import Chain


async def test_admins_see_what_is_wrong_with_the_way_out_and_nobody_else_does(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(people=[int(unstarted.ben.id)])
    await deny(chain, ADD_REACTIONS.bit)
    await chain.ada.command(chain.general, "doctor")
    await chain.told(chain.general, "In #general of Antiphon stand-in the bot lacks Add Reactions")
    await chain.told(chain.general, "Edit Channel > Permissions")
    await chain.told(chain.general, "checks found nothing wrong")
    await chain.ben.command(chain.general, "doctor")
    await chain.told(chain.general, not_allowed("administer"), chain.ben)


@pytest.mark.slow
async def test_a_start_says_what_is_wrong_on_the_machine(unstarted: Chain) -> None:
    chain = unstarted
    old = chain.world.root / "claude"
    old.write_text("#!/bin/sh\necho 1.0.2\n")
    old.chmod(0o755)
    await chain.start_configured({"claude": {"command": str(old)}})
    await chain.bridge_prints(wording.OLD_CLAUDE_WAY)
