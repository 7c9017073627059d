"""A question beside a session's work: asked of a copy of its conversation, in a process of its own without tools, hooks
or other programs, which writes nothing down.

Measured: with `--fork-session` and `--no-session-persistence` Claude Code reads the transcript as far as it is written,
also while another process goes on with it, and leaves no file.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast
from uuid import uuid4

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKError,
    Message,
    ResultMessage,
    TextBlock,
    query,
)

from antiphon.agent import wording
from antiphon.agent.content import content
from antiphon.agent.process.control_requests import first_line
from antiphon.agent.process.installation import Installation
from antiphon.agent.process.options import ENVIRONMENT, LINE_LIMIT
from antiphon.agent.process.orphans import MARK
from antiphon.core.requests import AskAside, SideAnswer
from antiphon.core.values import Asker, ClaudeSessionId, Project, Prompt, TurnId
from antiphon.errors import AgentError, NotDone

LIMIT = 180.0  # seconds for the answer
_FRAME = (
    "A side question about this conversation. Answer it from what you know of it, briefly. You have no tools now, and "
    "nothing of this is kept: do not go on with the work.\n\n{question}"
)


async def ask_aside(installation: Installation, project: Project, request: AskAside) -> SideAnswer:
    """The answer. NotDone, AgentError: there is none, with the reason for people."""
    if installation.transcript(ClaudeSessionId(request.claude)) is None:
        raise NotDone(wording.SESSION_EMPTY)
    prompt, options = _prompt(request.text), _options(installation, project, request)
    said: list[str] = []
    cost = 0.0
    try:
        # Closed here, so that no process outlives a question that failed.
        async with asyncio.timeout(LIMIT), aclosing(_asked(prompt, options)) as messages:
            async for message in messages:
                match message:
                    case AssistantMessage(content=blocks):
                        said += [block.text for block in blocks if isinstance(block, TextBlock)]
                    case ResultMessage(total_cost_usd=dollars, is_error=failed, result=result):
                        cost = dollars or 0.0
                        if failed:
                            raise AgentError(wording.problem(wording.NO_SIDE_ANSWER, result or ""))
                    case _:
                        pass
    except TimeoutError:
        raise AgentError(wording.not_within(LIMIT, wording.NO_SIDE_ANSWER)) from None
    except (ClaudeSDKError, OSError) as error:
        raise AgentError(wording.problem(wording.NO_SIDE_ANSWER, first_line(error))) from error
    if not said:
        raise AgentError(wording.problem(wording.NO_SIDE_ANSWER))
    return SideAnswer("\n\n".join(said), cost)


def _asked(prompt: AsyncIterator[dict[str, Any]], options: ClaudeAgentOptions) -> AsyncGenerator[Message]:
    """The SDK's messages: it gives a generator, and says less."""
    return cast("AsyncGenerator[Message]", query(prompt=prompt, options=options))


async def _prompt(question: str) -> AsyncIterator[dict[str, Any]]:
    """The question as words: no mention of a file and no command is read in it, as in every prompt (agent.content)."""
    words = Prompt(TurnId(""), _FRAME.format(question=question), Asker(""), None)
    message = {"role": "user", "content": content(words)}
    yield {"type": "user", "message": message, "parent_tool_use_id": None}


def _options(installation: Installation, project: Project, request: AskAside) -> ClaudeAgentOptions:
    return ClaudeAgentOptions(
        cli_path=installation.command,
        cwd=project.directory,
        resume=request.claude,
        fork_session=True,
        system_prompt={"type": "preset", "preset": "claude_code"},
        model=request.model or project.claude.model,
        tools=[],
        max_turns=1,
        settings=json.dumps({"disableAllHooks": True}),
        max_buffer_size=LINE_LIMIT,
        env={**ENVIRONMENT, MARK: f"{installation.mark}{uuid4().hex}"},
        extra_args={"no-session-persistence": None, "strict-mcp-config": None},
    )
