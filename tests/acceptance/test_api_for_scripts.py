"""Scripts that were written for claude-code-discord-bridge work as they are: the request lines that its README shows,
by curl, from a shell and from inside a session."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from antiphon.standin.client_shapes import words_of

from api import Program, free_port, listening, program
from chain import Chain

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def ci(unstarted: Chain) -> AsyncGenerator[Program]:
    """A script's token, and a project that gives its sessions a key."""
    port = free_port()
    async with program(unstarted, port, "notify", "tasks") as one:
        await unstarted.start_configured({"api": {"port": port}}, session_key=["tasks"])
        await listening(unstarted)
        yield one


async def shell(ci: Program, command: str) -> str:
    """What a shell says that knows the address and the token."""
    environment = {"PATH": os.environ["PATH"], "URL": ci.url, "TOKEN": ci.token or ""}  # noqa: TID251
    process = await asyncio.create_subprocess_shell(command, env=environment, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def thread(chain: Chain, name: str) -> str:
    found = await chain.ada.until(lambda ada: [id_ for id_, one in ada.channels.items() if one.get("name") == name], 30)
    return found[0]


async def test_a_notice(unstarted: Chain, ci: Program) -> None:
    said = await shell(
        ci,
        'curl -sf -X POST "$URL/api/notify" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" '
        '-d \'{"message": "Build succeeded!", "title": "CI/CD"}\'',
    )
    assert '"status":"sent"' in said
    found = await unstarted.ada.until(
        lambda ada: [one for one in ada.messages(unstarted.general) if "Build succeeded!" in words_of(one)], 20
    )
    assert "CI/CD" in words_of(found[0])


@pytest.mark.slow
async def test_a_task_that_runs_at_once_and_every_week(unstarted: Chain, ci: Program) -> None:
    said = await shell(
        ci,
        'curl -sf -X POST "$URL/api/tasks" -H "Authorization: Bearer $TOKEN" '
        '-d \'{"prompt": "say: weekly", "interval_seconds": 604800}\'',
    )
    assert '"status":"created"' in said
    place = await thread(unstarted, "say: weekly")
    await unstarted.ada.until(lambda _: any("Done" in one for one in unstarted.ends(place)), 40)
    (task,) = (await ci.get("/api/tasks"))["tasks"]
    assert (task["interval_seconds"], task["enabled"]) == (604800.0, True)
    path = f"/api/tasks/{task['id']}"
    assert (await ci.call("PATCH", path, {"enabled": False, "interval_seconds": 86400})).body["status"] == "updated"
    (task,) = (await ci.get("/api/tasks"))["tasks"]
    assert (task["interval_seconds"], task["enabled"]) == (86400.0, False)
    assert (await ci.call("PATCH", path, {"anchor_time": "nonsense"})).status == 422
    assert (await ci.call("PATCH", path, {"anchor_time": "09:00"})).body["status"] == "updated"
    (task,) = (await ci.get("/api/tasks"))["tasks"]
    assert task["interval_seconds"] is None  # a day's, by the clock
    assert (await ci.call("DELETE", path)).body["status"] == "deleted"
    assert (await ci.call("DELETE", path)).status == 404


@pytest.mark.slow
async def test_a_task_that_runs_once_at_a_time_of_the_day(unstarted: Chain, ci: Program) -> None:
    at = datetime.now().astimezone() + timedelta(hours=2)
    asked = {"prompt": "say: later", "interval_seconds": 86400, "one_shot": True, "name": "later"}
    await ci.post("/api/tasks", {**asked, "anchor_time": at.strftime("%H:%M")})
    assert (await ci.call("POST", "/api/tasks", asked)).status == 409  # the name is taken
    (task,) = (await ci.get("/api/tasks"))["tasks"]
    assert abs(task["next_run_at"] - at.replace(second=0, microsecond=0).timestamp()) < 61
    assert task["one_shot"]
    odd = await ci.post("/api/tasks", {"prompt": "say: odd", "interval_seconds": 1234567, "run_immediately": False})
    found = {one["id"]: one["interval_seconds"] for one in (await ci.get("/api/tasks"))["tasks"]}
    assert found[odd["id"]] == 1234567


@pytest.mark.slow
async def test_a_message_at_a_time(unstarted: Chain, ci: Program) -> None:
    asked = {"message": "Good morning", "scheduled_at": "2035-01-01T09:00:00", "title": "Later"}
    made = await ci.post("/api/schedule", asked)
    (waiting,) = (await ci.get("/api/scheduled"))["notifications"]
    assert (waiting["id"], waiting["message"], waiting["title"]) == (made["id"], "Good morning", "Later")
    assert (await ci.call("DELETE", f"/api/scheduled/{made['id']}")).body["status"] == "cancelled"
    assert (await ci.get("/api/scheduled"))["notifications"] == []
    assert (await ci.call("POST", "/api/schedule", {**asked, "scheduled_at": "tomorrow"})).status == 422


@pytest.mark.slow
async def test_a_session_registers_a_task_with_the_key_that_its_project_gives_it(unstarted: Chain, ci: Program) -> None:
    line = (
        'curl -sf -X POST "$CCDB_API_URL/api/tasks" -H "Content-Type: application/json" '
        '-d \'{"prompt": "say: by itself", "interval_seconds": 86400}\''
    )
    place = await unstarted.ask(f"bash: {line}")
    await unstarted.ended(place)
    assert "created" in unstarted.answer(place)
    made = await thread(unstarted, "say: by itself")
    await unstarted.ada.until(lambda _: any("Done" in one for one in unstarted.ends(made)), 40)
    # It is good for what the project says alone, and ends with the session's process.
    await unstarted.ask('bash: curl -s -o /dev/null -w "%{http_code}" "$CCDB_API_URL/api/v1/sessions"', place)
    await unstarted.ended(place, 2)
    assert "403" in unstarted.answer(place)
    key = await _key(unstarted, place)
    assert (await ci.call("GET", f"/session/{key}/api/tasks", Authorization="")).status == 400
    async with ci.http.get(f"{ci.url}/session/{key}/api/tasks") as answer:
        assert answer.status == 200
    await unstarted.restart()
    await listening(unstarted)
    async with ci.http.get(f"{ci.url}/session/{key}/api/tasks") as answer:
        assert answer.status == 401
    log = (unstarted.world.root / "state" / "antiphon.log").read_text()
    assert key not in log
    assert (ci.token or "?") not in log
    with closing(unstarted.database()) as database:
        ((maker,),) = database.execute("SELECT json_extract(body, '$.maker') FROM schedule").fetchall()
    assert maker


async def _key(chain: Chain, place: str) -> str:
    file = chain.project / "key"
    await chain.ask('bash: printf %s "$ANTIPHON_API_TOKEN" > key', place)
    await chain.ended(place, 3)
    return file.read_text()


@pytest.mark.slow
async def test_without_the_projects_consent_there_is_no_key(unstarted: Chain) -> None:
    await unstarted.start_configured({"api": {"port": free_port()}})
    place = await unstarted.ask('bash: echo "[$CCDB_API_URL$ANTIPHON_API_TOKEN]"')
    await unstarted.ended(place)
    assert "[]" in unstarted.answer(place)
