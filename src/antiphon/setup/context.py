"""What the steps of set-up share: who is asked, where things are kept, and how a request is made that may fail."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from antiphon.core.health import Finding
from antiphon.doctor import wording as doctor_wording
from antiphon.doctor.discord_api import RequestRefused
from antiphon.errors import ServerUnreachable
from antiphon.setup.progress import Progress
from antiphon.setup.questions import Asker

T = TypeVar("T")


@dataclass(slots=True)
class SetupContext:
    """`config`: where the configuration is written, or is; `api`: another server than Discord itself; `interactive`:
    somebody sits at a terminal, whose browser and programs may be used."""

    asker: Asker
    env: Mapping[str, str]
    state: Path
    config: Path
    progress: Progress
    api: str | None = None
    interactive: bool = True

    @property
    def token_file(self) -> Path:
        """Where the bot token is kept."""
        return self.config.parent / "bot-token"

    def save(self) -> None:
        self.progress.save(self.state)

    def well(self, check: str, text: str) -> None:
        self.asker.say(Finding(check, "well", text))

    async def online(self, check: str, request: Callable[[], Awaitable[T]], *, may_refuse: bool = False) -> T:
        """What Discord answers. Where it does not, somebody is told, and it is asked again when they say so.
        `may_refuse`: its refusal is raised."""
        while True:
            try:
                return await request()
            except ServerUnreachable as error:
                self.asker.again(Finding(check, "failure", str(error), doctor_wording.UNREACHABLE_WAY))
            except RequestRefused as error:
                if may_refuse:
                    raise
                self.asker.again(Finding(check, "failure", str(error), error.hint))
