"""A bridge whose HTTP API is not configured: nothing of it is loaded."""

from antiphon.actions.callers import no_programs
from antiphon.core.ports import NoSessionKeys


class NoApi:
    """In place of http_api.HttpApi."""

    def __init__(self) -> None:
        self.keys = NoSessionKeys()
        self.programs = no_programs

    async def serve(self) -> None:
        """There is nobody to answer."""
