"""`make bench-api`: what the HTTP API costs, beside a bare FastAPI application of the same shape.

    python -m bench.api [--requests 400] [--rounds 10]

Both run in processes of their own under uvicorn, and are asked in turn, request by request, over a connection that is
kept. The bare one has no token and no limits; it is run as uvicorn runs one by default, with a line of its log for each
request, as ours has. Its notice is a row that is on the disk when it has answered, as ours is. Then: what a bridge's
start takes with the API and without it.
"""

import argparse
import asyncio
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

_MOST = 1.5  # times what the bare one takes
_NOTICE = {"message": "Build succeeded!", "title": "CI/CD", "color": 5025616}
_START = "import time; begun = time.perf_counter(); import antiphon.daemon{more}; print(time.perf_counter() - begun)"


def bare(path: Path) -> Any:
    """The reference: two routes, and a table."""
    from fastapi import FastAPI
    from pydantic import BaseModel

    class NotifyAsked(BaseModel):
        message: str
        title: str | None = None
        color: int | None = None
        channel_id: str | None = None
        thread_name: str | None = None

    class Health(BaseModel):
        status: str
        timestamp: str
        version: str

    class Done(BaseModel):
        status: str
        id: str

    app, thread = FastAPI(), ThreadPoolExecutor(max_workers=1)
    kept: list[sqlite3.Connection] = []

    def insert(asked: NotifyAsked) -> str:
        if not kept:
            kept.append(sqlite3.connect(path, isolation_level=None))
            kept[0].execute("PRAGMA journal_mode = WAL")
            kept[0].execute("PRAGMA synchronous = FULL")
            kept[0].execute("CREATE TABLE notice (id INTEGER PRIMARY KEY, body TEXT, created REAL)")
        row = kept[0].execute(
            "INSERT INTO notice (body, created) VALUES (?, ?)", (asked.model_dump_json(), time.time())
        )
        return str(row.lastrowid)

    @app.get("/api/health")
    async def health() -> Health:
        return Health(status="ok", timestamp=time.strftime("%Y-%m-%dT%H:%M:%S"), version="1")

    @app.post("/api/notify")
    async def notify(asked: NotifyAsked) -> Done:
        id_ = await asyncio.get_running_loop().run_in_executor(thread, insert, asked)
        return Done(status="sent", id=id_)

    return app


async def serve_ours(root: Path, port: int) -> None:
    """The API with the database, and without a chat server: what is accepted is not delivered."""
    from antiphon.actions.context import ActionContext
    from antiphon.actions.places import NoPlaces
    from antiphon.actions.programs.triggers import Triggers
    from antiphon.agent.disk.reading import DiskThreads
    from antiphon.agent.disk.session_files import LocalFiles
    from antiphon.config.settings import ApiSection
    from antiphon.core.projects import Projects
    from antiphon.core.values import PlaceId, Project
    from antiphon.http_api import HttpApi
    from antiphon.store import open_store

    async with open_store(root / "antiphon.db", time.time) as store:
        for lease in ("hub", "worker:local"):  # what is written is checked against them, as in a bridge
            assert await store.hold(lease, "bench", 3600.0)
        projects = Projects([Project("site", root, frozenset((PlaceId(1),)))])
        actions = ActionContext(projects, store, NoPlaces())
        settings = ApiSection(port=port, requests_per_minute=1_000_000)
        triggers = Triggers((), LocalFiles(root / "files", DiskThreads()))
        await HttpApi(settings, root, projects, actions, triggers, store, tuple).serve()


def serve(what: str, root: Path, port: int) -> None:
    if what == "ours":
        from antiphon.log_files import log_to

        log_to(root, ("a bot's token, which is looked for in each line",))
        asyncio.run(serve_ours(root, port))
        return
    import uvicorn

    uvicorn.run(bare(root / "bare.db"), port=port, http="h11")


async def until_up(http: ClientSession, url: str) -> None:
    for _ in range(200):
        try:
            async with http.get(f"{url}/api/health"):
                return
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError(url)


async def took(http: ClientSession, method: str, url: str, body: Any = None, token: str = "") -> float:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    begun = time.perf_counter()
    async with http.request(method, url, json=body, headers=headers) as answer:
        await answer.read()
        assert answer.status < 300, answer.status
    return time.perf_counter() - begun


async def compare(requests: int, rounds: int) -> None:
    from antiphon.actions.programs import notices
    from antiphon.web import tokens

    with tempfile.TemporaryDirectory() as directory:
        root, ports = Path(directory), {"ours": 18_711, "bare": 18_712}
        token = tokens.create(root, "bench", frozenset({"notify"}), None, time.time())
        command = [sys.executable, "-m", "bench.api", "--serve"]
        log = (root / "log").open("wb")
        servers = [
            subprocess.Popen([*command, name, directory, str(port)], stdout=log, stderr=log)  # noqa: ASYNC220
            for name, port in ports.items()
        ]
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        try:
            async with ClientSession() as http:
                for url in urls.values():
                    await until_up(http, url)
                for what, method, path, body, many in (
                    ("health", "GET", "/api/health", None, requests),
                    (
                        "a notice accepted",
                        "POST",
                        "/api/notify",
                        _NOTICE,
                        min(requests, notices.MOST_WAITING // rounds),
                    ),
                ):
                    times: dict[str, list[float]] = {"ours": [], "bare": []}
                    ratios: list[float] = []
                    for _ in range(rounds):
                        part: dict[str, list[float]] = {"ours": [], "bare": []}
                        for _ in range(many):
                            for name, url in urls.items():
                                known = token if name == "ours" and body is not None else ""
                                part[name].append(await took(http, method, url + path, body, known))
                        ratios.append(statistics.median(part["ours"]) / statistics.median(part["bare"]))
                        for name, found in part.items():
                            times[name] += found
                    ours, bare_ = (1000 * statistics.median(times[name]) for name in ("ours", "bare"))
                    ratio = statistics.median(ratios)
                    print(
                        f"{what}: {ours:.2f} ms, bare FastAPI {bare_:.2f} ms: {ratio:.2f} times "
                        f"({min(ratios):.2f} to {max(ratios):.2f}, {rounds} rounds); "
                        f"at most {_MOST}: {'yes' if ratio <= _MOST else 'NO'}"
                    )
        finally:
            for server in servers:
                server.terminate()
                server.wait()


def start(rounds: int) -> None:
    """What is imported for a bridge without the API, and with it."""
    found: dict[str, list[float]] = {"": [], ", antiphon.http_api": []}
    for _ in range(rounds):
        for more, times in found.items():
            told = subprocess.run([sys.executable, "-c", _START.format(more=more)], capture_output=True, check=True)
            times.append(float(told.stdout))
    without, with_ = (1000 * statistics.median(times) for times in found.values())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"import of the daemon: {without:.0f} ms without the API, {with_:.0f} ms with it (peak {peak:.0f} MB)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.api", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--serve", nargs=3, metavar=("WHAT", "ROOT", "PORT"), help="for itself")
    given = parser.parse_args()
    if given.serve:
        serve(given.serve[0], Path(given.serve[1]), int(given.serve[2]))
    else:
        asyncio.run(compare(given.requests, given.rounds))
        start(given.rounds)
