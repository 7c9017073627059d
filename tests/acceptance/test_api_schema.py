"""The API keeps to its own document, whatever is sent: schemathesis makes up requests to every route of a bridge."""

import asyncio
import sys
from pathlib import Path

import pytest

from api import free_port, listening, program
from chain import Chain

pytestmark = pytest.mark.timeout(300)


@pytest.mark.slow
async def test_no_request_is_answered_otherwise_than_documented(unstarted: Chain, tmp_path: Path) -> None:
    port = free_port()
    async with program(unstarted, port) as ci:
        settings = {"port": port, "requests_per_minute": 1_000_000}
        await unstarted.start_configured({"api": settings, "limits": {"sessions_at_work": 1}})
        await listening(unstarted)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{ci.url}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {ci.token}", "--exclude-path-regex", "/events$"),
            *("--max-examples", "15", "--seed", "1", "--no-color", "--workers", "1"),
            *("--exclude-checks", "positive_data_acceptance"),  # most ids name nothing
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
        )
        said, _ = await process.communicate()
        print(said.decode())
        assert process.returncode == 0
        assert (await ci.call("GET", "/api/health")).body["status"] == "ok"
