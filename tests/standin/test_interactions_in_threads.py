"""Presses in threads that are archived or locked: they arrive, and what the app may say there."""

from typing import Any

import pytest

from standin.test_interactions import ROWS, Stage, stage

__all__ = ["stage"]

SAY, DEFER, DEFER_UPDATE, UPDATE = 4, 5, 6, 7
HIDDEN = 1 << 6
MANAGE_THREADS = 1 << 34


async def pressed(stage: Stage, state: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Ada presses a button in a thread, which is then in this state; the thread, and what the bot hears."""
    raw = stage.raw
    overwrite = f"/channels/{stage.general}/permissions/{raw.ids['app']}"
    await raw.ok("PUT", overwrite, {"type": 1, "deny": str(MANAGE_THREADS)}, who="ada")
    thread = await raw.ok("POST", f"/channels/{stage.general}/threads", {"name": "t", "type": 11}, who="ada")
    message = await raw.ok("POST", f"/channels/{thread['id']}/messages", {"content": "x", "components": ROWS})
    await raw.ok("PATCH", f"/channels/{thread['id']}", state, who="ada")
    stage.start(stage.ada.click(message, "go"))
    return thread["id"], await stage.received()


async def archived(stage: Stage, thread: str) -> bool:
    return (await stage.raw.ok("GET", f"/channels/{thread}"))["thread_metadata"]["archived"]


@pytest.mark.parametrize("state", [{"locked": True}, {"locked": True, "archived": True}], ids=str)
@pytest.mark.parametrize("kind", [SAY, DEFER, UPDATE])
async def test_in_a_locked_thread_only_the_asker_is_answered(stage: Stage, state: dict[str, Any], kind: int) -> None:
    thread, interaction = await pressed(stage, state)
    refused = await stage.answer(interaction, kind, {"content": "done"})
    assert (refused.status, refused.body) == (403, {"message": "Thread is archived", "code": 50083})
    hidden = await stage.answer(interaction, SAY, {"content": "only you", "flags": HIDDEN})
    assert hidden.status == 204
    assert (await stage.hook(interaction, "POST", body={"content": "for all"})).code == 50083
    assert (await stage.hook(interaction, "POST", body={"content": "psst", "flags": HIDDEN})).status == 200
    assert await archived(stage, thread) is bool(state.get("archived"))


async def test_an_answer_opens_the_archive_and_an_edit_does_not(stage: Stage) -> None:
    thread, interaction = await pressed(stage, {"archived": True})
    refused = await stage.answer(interaction, UPDATE, {"content": "done"})
    assert (refused.status, refused.code) == (403, 50083)
    assert await archived(stage, thread)
    assert (await stage.answer(interaction, SAY, {"content": "done"})).status == 204
    assert not await archived(stage, thread)


async def test_putting_off_an_edit_is_no_edit(stage: Stage) -> None:
    thread, interaction = await pressed(stage, {"locked": True, "archived": True})
    assert (await stage.answer(interaction, DEFER_UPDATE)).status == 204
    assert (await stage.hook(interaction, "PATCH", "/messages/@original", {"content": "y"})).code == 50083
    await stage.raw.ok("PATCH", f"/channels/{thread}", {"archived": False, "locked": False}, who="ada")
    assert (await stage.hook(interaction, "PATCH", "/messages/@original", {"content": "y"})).status == 200


async def test_a_thread_that_is_locked_meanwhile_keeps_the_promised_answer_out(stage: Stage) -> None:
    thread, interaction = await pressed(stage, {"auto_archive_duration": 60})
    assert (await stage.answer(interaction, DEFER)).status == 204
    await stage.raw.ok("PATCH", f"/channels/{thread}", {"locked": True, "archived": True}, who="ada")
    refused = await stage.hook(interaction, "PATCH", "/messages/@original", {"content": "at last"})
    assert (refused.status, refused.code) == (403, 50083)


async def test_who_manages_threads_answers_in_a_locked_one(stage: Stage) -> None:
    thread, interaction = await pressed(stage, {"locked": True})
    path = f"/channels/{stage.general}/permissions/{stage.raw.ids['app']}"
    await stage.raw.ok("DELETE", path, who="ada")
    assert (await stage.answer(interaction, UPDATE, {"content": "done"})).status == 204
    messages = f"/channels/{thread}/messages"
    sent = await stage.raw.ok("POST", messages, {"content": "x"})
    await stage.raw.ok("PUT", path, {"type": 1, "deny": str(MANAGE_THREADS)}, who="ada")
    refused = await stage.raw("PATCH", f"{messages}/{sent['id']}", {"content": "y"})
    assert (refused.status, refused.code) == (403, 160005)
    await stage.raw.ok("PUT", f"{messages}/{sent['id']}/reactions/%F0%9F%91%80/@me")  # reacting and deleting go on
    await stage.raw.ok("DELETE", f"{messages}/{sent['id']}")
