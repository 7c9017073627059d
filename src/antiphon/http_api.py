"""The HTTP API, put together: its tokens, the keys of sessions, and the server."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from antiphon.actions.callers import Program, ProgramsUnknown
from antiphon.actions.context import ActionContext
from antiphon.actions.programs.triggers import Triggers
from antiphon.config.settings import ApiSection
from antiphon.core.health import Problem
from antiphon.core.programs.api_store import ApiStore
from antiphon.core.projects import Projects
from antiphon.web.events import Streams
from antiphon.web.keys import SessionKeys
from antiphon.web.ports import ApiPorts
from antiphon.web.server import serve
from antiphon.web.tokens import TokenError, Tokens


class HttpApi:
    """Of one bridge. `keys`: what its sessions' scripts have."""

    def __init__(
        self,
        settings: ApiSection,
        state: Path,
        projects: Projects,
        actions: ActionContext,
        triggers: Triggers,
        store: ApiStore,
        problems: Callable[[], Sequence[Problem]],
    ) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self._settings = settings
        self._tokens = Tokens(state, lambda: [one.name for one in projects.all])
        self._ports = ApiPorts(
            actions, store, time.time, time.time(), settings.requests_per_minute, triggers, Streams(store), problems
        )
        self.keys = SessionKeys(f"http://{host}:{settings.port}")

    def programs(self, id_: str) -> Program | None:
        """See actions.callers.Programs."""
        try:
            return self._tokens.holder(id_, time.time())
        except TokenError as error:
            raise ProgramsUnknown(str(error)) from error

    async def serve(self) -> None:
        """Answer until cancelled."""
        await serve(self._ports, self._tokens, self.keys, self._settings.host, self._settings.port)
