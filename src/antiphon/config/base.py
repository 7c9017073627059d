"""What sections of the configuration have in common: their types, and how they say what does not fit together."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from antiphon.core import values

KeyPath = tuple[str | int, ...]
"""Where a setting stands: names of tables and keys, positions in arrays."""

_LONGEST_SHOWN = 200  # characters of a path
END_OF_IDS = 2**64  # Discord's ids are below
SNOWFLAKE = Field(ge=1, lt=END_OF_IDS)
Dollars = Annotated[float, Field(gt=0, le=1_000_000)]
Mode = Annotated[
    values.PermissionMode,
    BeforeValidator(
        lambda given: values.mode_named(str(given)), json_schema_input_type=values.PermissionMode | Literal["manual"]
    ),
]
Seconds = Annotated[float, Field(gt=0, le=7 * 86400)]


class Section(BaseModel):
    """A table of the TOML file. The docstring below a field says to whoever writes the file what it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Unfitting(ValueError):
    """Settings that are right one by one, but not together."""

    def __init__(self, problems: Iterable[tuple[KeyPath, str]]) -> None:
        """`problems`: where each is to be corrected, from the section that was checked on, and what is wrong."""
        self.problems = tuple(problems)
        super().__init__("; ".join(words for _, words in self.problems))


def resolved(path: Path) -> Path:
    """A path in full. ValueError: it is none."""
    try:
        return Path(os.path.expanduser(path)).resolve()  # does not raise for a stranger's home
    except (OSError, RuntimeError, ValueError):  # a loop of links, a character that no path has
        raise ValueError("there is no such path") from None


def existing_directory(path: Path) -> Path:
    """The same, of a directory that is there. ValueError: it is not."""
    path = resolved(path)
    if os.path.isdir(path):  # pathlib's would raise where it may not look
        return path
    named = f"directory {path}" if len(str(path)) <= _LONGEST_SHOWN else "such directory"
    raise ValueError(f"there is no {named}; make it, or correct the path")
