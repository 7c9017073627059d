"""What can be told or done of sessions without their process: what lies on disk, in the transcripts and in git.

Synchronous work runs in a thread. Every function raises AgentError with words for people.
"""

from typing import Any

from antiphon.agent.options import Launch
from antiphon.core.ports import Body
from antiphon.core.values import Project, Session
from antiphon.errors import AgentError


async def look(launch: Launch, project: Project, session: Session | None, what: str, details: Body) -> dict[str, Any]:
    """Something by its name; see the functions below for what each wants and gives."""
    match what:
        case _:
            raise AgentError(f"This version knows no {what}.")
