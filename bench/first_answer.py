"""`make bench-first-answer`: from nothing to the first answer on the phone, of a session in a terminal.

    python -m bench.first_answer [--times 3]

Two commands with a bot (`antiphon attach -c antiphon.toml`, `claude`), one before `claude` with a webhook
(`antiphon attach --webhook URL`). No bridge runs: the session starts it. Beside them, what is not ours: until
Claude Code shows its prompt, and until its answer stands in the terminal.
"""

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from antiphon.demo.world import World
from antiphon.standin import StandIn
from antiphon.standin.client_shapes import words_of
from antiphon.standin.person import Person
from bench.terminal import Home, Terminal, antiphon

_ANSWER = "the first answer"
_LIMIT = 60.0


@asynccontextmanager
async def nothing(root: Path) -> AsyncGenerator[tuple[World, Person]]:
    """A machine on which nothing of ours is, and Ada with her phone."""
    async with StandIn() as standing:
        about = standing.describe()
        world = World(root, about, os.environ["PATH"])  # noqa: TID251
        await world.create()
        Home(world).create()
        world.configure({"discord": {"token": about["bot_token"], "api": about["api"]}})
        world.config.chmod(0o600)
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            yield world, ada


async def measured(world: World, ada: Person, *command: str) -> Mapping[str, float]:
    """Seconds: of the command, until Claude Code shows its prompt, and from Enter to the answer here and there."""
    began = time.monotonic()
    code, said = await antiphon(world, *command)
    if code:
        raise RuntimeError(said)
    attached = time.monotonic()
    claude = Terminal(world, Home(world))
    state = world.root / "state"
    try:
        await claude.run(ANTIPHON_STATE_DIR=str(state), XDG_RUNTIME_DIR=str(world.root / "run"))
        ready = time.monotonic()
        await claude.type(f"say: {_ANSWER}")
        entered = time.monotonic()
        shown, seen = await asyncio.gather(in_terminal(claude), in_discord(ada))
    finally:
        await claude.close()
        with suppress(OSError, ValueError):  # it never started
            os.kill(int((state / "terminals" / "bridge.pid").read_text()), signal.SIGTERM)
    return {
        "the command": attached - began,
        "until Claude Code shows its prompt": ready - attached,
        "from Enter to the answer in the terminal": shown - entered,
        "from Enter to the answer in Discord": seen - entered,
    }


async def in_terminal(claude: Terminal) -> float:
    await claude.until(lambda screen: f"● {_ANSWER}" in screen)
    return time.monotonic()


async def in_discord(ada: Person) -> float:
    """Wherever it is: in a thread, or in the webhook's channel."""

    def found(_: Person) -> bool:
        said = (words_of(one) for place in ada.channels for one in ada.messages(place))
        return any(_ANSWER in one.replace(f"say: {_ANSWER}", "") for one in said)

    await ada.until(found, _LIMIT)
    return time.monotonic()


async def round_of(kind: str) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(prefix="antiphon-bench-", ignore_cleanup_errors=True) as directory:
        async with nothing(Path(directory)) as (world, ada):
            if kind == "bot":
                return await measured(world, ada, "attach", "--yes", "-c", str(world.config))
            channel = next(iter(world.about["channels"].values()))
            made = await ada.request("POST", f"/channels/{channel}/webhooks", {"name": "Claude"})
            url = f"{world.about['api']}/webhooks/{made['id']}/{made['token']}"
            return await measured(world, ada, "attach", "--yes", "--webhook", url, "--owner", ada.id)


async def main(times: int) -> None:
    for kind in ("bot", "webhook"):
        rounds = [await round_of(kind) for _ in range(times)]
        print(f"with a {kind}, {times} times: median, worst")
        for name in rounds[0]:
            found = [one[name] for one in rounds]
            print(f"  {name:<45}{statistics.median(found):6.2f} s{max(found):8.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    asyncio.run(main(parser.parse_args().times))
