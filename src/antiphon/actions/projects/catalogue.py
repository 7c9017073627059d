"""What the actions ask of whoever knows the configuration: projects beside the file's, and the file read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from antiphon.core.projects import AddedProject


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of reading the configuration again. `problems`: why nothing was taken over, each with its line; else
    the names of the settings that hold from now on (`taken`), of those that need a restart (`later`), and why projects
    that were added are not in use (`left_out`)."""

    problems: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])


class Catalogue(Protocol):
    """The projects of the configuration file, and those that were added beside it. The file's win."""

    @property
    def of_file(self) -> Sequence[str]:
        """The names of the file's."""
        ...

    @property
    def added(self) -> Sequence[AddedProject]:
        """Those beside it, the oldest first."""
        ...

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why some of these are not in use, by their names."""
        ...

    async def put(self, project: AddedProject, /) -> Sequence[str]:
        """Have it in use from now on; what is to be known of its directory, for people. Raises Refused: it cannot be
        used, or somebody was quicker; nothing has changed."""
        ...

    async def drop(self, name: str, /) -> None:
        """Have one no more. Harmless where there is none."""
        ...

    async def reload(self) -> Reloaded:
        """Read the configuration file again, and take over what can be while the bridge runs."""
        ...
