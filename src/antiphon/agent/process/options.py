"""How Claude Code is started: from a session and its project to the SDK's options."""

import json

from claude_agent_sdk import ClaudeAgentOptions
from claude_agent_sdk.types import CanUseTool, McpSdkServerConfig

from antiphon.agent.own_tools import RULES
from antiphon.agent.permissions.rules import permissions
from antiphon.agent.process.installation import Installation
from antiphon.core.budgets import of_turn
from antiphon.core.values import Project, Session
from antiphon.tools.definitions import SERVER

# Bytes of one line of the CLI's output. The SDK's own 1 MiB ends a session that reads a larger image.
LINE_LIMIT = 64 * 1024 * 1024
ENVIRONMENT = {  # of every Claude Code that takes what people write
    "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1",
    "CLAUDE_CODE_DISABLE_FILE_MENTIONS": "1",  # agent.content sees to it as well
}


def options(
    session: Session, project: Project, installation: Installation, ask: CanUseTool, tools: McpSdkServerConfig
) -> ClaudeAgentOptions:
    """Where a transcript of this session exists it is resumed; otherwise it starts under the same id. What people have
    chosen is passed anew: a resume forgets it. `ask`, `tools`: how Claude Code asks us for permission, and our own
    tools."""
    known = installation.transcript(session.claude) is not None
    claude, choices = project.claude, session.choices
    preset = {"type": "preset", "preset": "claude_code"}
    if claude.append_prompt:
        preset["append"] = claude.append_prompt
    chosen = choices.mode
    if chosen == "bypassPermissions" and not claude.allow_bypass:  # it was allowed when it was chosen
        chosen = None
    allowed = [*claude.allowed_tools, *choices.rules, *RULES]
    flags: dict[str, str | None] = {"replay-user-messages": None}
    if claude.allow_bypass:
        flags["allow-dangerously-skip-permissions"] = None
    return ClaudeAgentOptions(
        cli_path=installation.command,
        cwd=project.directory,
        resume=session.claude if known else None,
        session_id=None if known else session.claude,
        system_prompt=preset,  # pyright: ignore[reportArgumentType] - a TypedDict, built in steps
        model=choices.model or claude.model,
        effort=choices.effort,
        permission_mode=chosen or claude.permission_mode,
        # As a rule, not as `allowed_tools`: the SDK warns on stderr about every operator who allows a whole tool.
        settings=json.dumps({"permissions": permissions(allowed, claude.dangerous)}),
        max_turns=claude.max_turns,
        max_budget_usd=of_turn(project, session),
        add_dirs=[installation.files_of(session)],
        mcp_servers={SERVER: tools},
        can_use_tool=ask,  # without it AskUserQuestion and the plan tools would not exist
        enable_file_checkpointing=True,
        include_partial_messages=True,
        forward_subagent_text=True,
        max_buffer_size=LINE_LIMIT,
        env=dict(ENVIRONMENT),
        extra_args=flags,
    )
