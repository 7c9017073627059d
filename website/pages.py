"""Which pages the site has, and where: the navigation."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@dataclass(frozen=True, slots=True)
class Page:
    """`path`: in the site; `title`: None where it is the page's own; `source`: None where docs has it at that path."""

    path: str
    title: str | None = None
    source: Path | None = None

    @property
    def file(self) -> Path:
        return self.source or DOCS / self.path


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the navigation, and what stands below it."""

    title: str
    entries: "tuple[Page | Section, ...]"


Navigation = tuple[Page | Section, ...]


def navigation() -> Navigation:
    """What stands where. Every page of docs has a place."""
    return (
        Page("index.md", "Antiphon"),
        Page("members.md"),
        Section("How to", tuple(map(Page, _HOW_TO))),
        Section("Reference", (*map(Page, _REFERENCE), Page("changelog.md", source=ROOT / "CHANGELOG.md"))),
        Section(
            "Explanation",
            (
                Page("how-it-works.md"),
                Page("promises.md"),
                Section("Decisions", (Page("decisions/README.md", "All decisions"), *_decisions())),
            ),
        ),
        Page("glossary.md"),
        Page("contributing.md", source=ROOT / "CONTRIBUTING.md"),
    )


_HOW_TO = (
    "how-to/install.md",
    "how-to/try-it.md",
    "how-to/connect-discord.md",
    "service.md",
    "how-to/configure.md",
    "how-to/permissions.md",
    "how-to/people.md",
    "how-to/schedules.md",
    "how-to/at-once.md",
    "how-to/terminals.md",
    "how-to/webhook.md",
    "api.md",
    "how-to/money.md",
    "how-to/find-what-is-wrong.md",
    "how-to/upgrade.md",
)
_REFERENCE = (
    "reference/commands.md",
    "reference/configuration.md",
    "reference/command-line.md",
    "reference/http-api.md",
    "access.md",
    "reference/permissions.md",
    "reference/exit-codes.md",
    "database.md",
)


def pages(entries: Navigation) -> Iterator[Page]:
    """All of them, in their order."""
    for one in entries:
        if isinstance(one, Page):
            yield one
        else:
            yield from pages(one.entries)


def _decisions() -> tuple[Page, ...]:
    return tuple(Page(f"decisions/{file.name}") for file in sorted((DOCS / "decisions").glob("0*.md")))
