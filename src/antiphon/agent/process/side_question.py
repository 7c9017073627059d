"""A question beside a session's work: asked of a copy of its conversation, in a process of its own without tools, hooks
or other programs, which writes nothing down.

Measured: with `--fork-session` and `--no-session-persistence` Claude Code reads the transcript as far as it is written,
also while another process goes on with it, and leaves no file.
"""

import asyncio
import json
from uuid import uuid4

from claude_agent_sdk import AssistantMessage, ClaudeAgentOptions, ClaudeSDKError, ResultMessage, TextBlock, query

from antiphon.agent import wording
from antiphon.agent.process.control_requests import first_line
from antiphon.agent.process.installation import Installation
from antiphon.agent.process.orphans import MARK
from antiphon.core.requests import AskAside, SideAnswer
from antiphon.core.values import ClaudeSessionId, Project
from antiphon.errors import AgentError, NotDone

LIMIT = 180.0  # seconds for the answer
_LINE_LIMIT = 64 * 1024 * 1024  # bytes of one line of the CLI's output
_FRAME = (
    "A side question about this conversation. Answer it from what you know of it, briefly. You have no tools now, and "
    "nothing of this is kept: do not go on with the work.\n\n{question}"
)


async def ask_aside(installation: Installation, project: Project, request: AskAside) -> SideAnswer:
    """The answer. NotDone, AgentError: there is none, with the reason for people."""
    if installation.transcript(ClaudeSessionId(request.claude)) is None:
        raise NotDone(wording.SESSION_EMPTY)
    prompt, options = _FRAME.format(question=request.text), _options(installation, project, request)
    said: list[str] = []
    cost = 0.0
    try:
        async with asyncio.timeout(LIMIT):
            async for message in query(prompt=prompt, options=options):
                match message:
                    case AssistantMessage(content=content):
                        said += [block.text for block in content if isinstance(block, TextBlock)]
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
        max_buffer_size=_LINE_LIMIT,
        env={MARK: f"{installation.mark}{uuid4().hex}"},
        extra_args={"no-session-persistence": None, "strict-mcp-config": None},
    )
