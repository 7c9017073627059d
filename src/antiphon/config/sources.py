"""What file and environment say, before it is checked; and where each setting comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from antiphon.config import wording
from antiphon.config.base import KeyPath
from antiphon.config.toml_file import Document


@dataclass(frozen=True, slots=True)
class Sources:
    """All that was said. `data`: together; `variables`: where what each variable says went; `said_by`: settings that
    the file says by another one."""

    data: dict[str, Any]
    document: Document | None
    variables: Mapping[KeyPath, str]
    said_by: Mapping[KeyPath, KeyPath] = field(default_factory=dict[KeyPath, KeyPath])

    @property
    def file(self) -> Path | None:
        """The file, where there is one."""
        return None if self.document is None else self.document.file

    def variable(self, path: KeyPath) -> str | None:
        """The variable that says what stands here; None: none does."""
        return next((name for known, name in self.variables.items() if path[: len(known)] == known), None)

    def line(self, path: KeyPath) -> int | None:
        """Where in the file it stands, or what is nearest around it; None: nothing of it does."""
        return None if self.document is None else self.document.lines.of(self.said_by.get(path, path))

    def has(self, path: KeyPath) -> bool:
        """Whether the file says it."""
        return self.document is not None and self.document.lines.has(path)

    def about(self, path: KeyPath, words: str) -> str:
        """A sentence about a setting, beginning with where it stands. `words` continue its name."""
        if (variable := self.variable(path)) is not None:
            return variable + words
        where = "" if self.file is None else wording.at(self.file, self.line(path))
        return f"{where}{wording.name_of(self.said_by.get(path, path))}{words}"
