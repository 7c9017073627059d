"""The sources of the site in one directory: what is written, with what is made from the code put in."""

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from website.pages import DOCS, ROOT, Navigation, Page, Section, pages
from website.reference.command_line import command_line
from website.reference.configuration import configuration, variables
from website.reference.discord_commands import discord_commands
from website.reference.exit_codes import exit_codes_of_a_start, exit_codes_of_commands
from website.reference.http_api import http_api, http_errors
from website.reference.permissions import invitation, permissions

# A line of a page in whose place the code's own words come: it says so where the page is read as it is.
MARK = re.compile(r"^\*Made from the code by `make docs`: (.+)\.\*$", re.MULTILINE)
MADE: Mapping[str, Callable[[], str]] = {
    "commands in Discord": discord_commands,
    "settings": configuration,
    "variables": variables,
    "commands": command_line,
    "exit codes of commands": exit_codes_of_commands,
    "exit codes of a start": exit_codes_of_a_start,
    "routes": http_api,
    "errors": http_errors,
    "permissions": permissions,
    "invitation": invitation,
}
_LINK = re.compile(r"(?<!!)\[([^]]+)\]\((?!https?://|#)([^)#]+)(#[^)]*)?\)")
_ASSETS = ("*.png", "*.json", "*.svg")


def gather(to: Path, entries: Navigation) -> None:
    """Fill a new directory with the sources. ValueError: a page of docs has no place in the navigation, or names what
    nothing makes."""
    paths = {page.file: page.path for page in pages(entries)}
    if homeless := sorted(set(DOCS.rglob("*.md")) - set(paths)):
        raise ValueError(
            f"no place in website/pages.py has {', '.join(str(one.relative_to(ROOT)) for one in homeless)}"
        )
    for one in pages(entries):
        (to / one.path).parent.mkdir(parents=True, exist_ok=True)
        (to / one.path).write_text(text_of(one, paths), encoding="utf-8")
    for pattern in _ASSETS:
        for file in DOCS.rglob(pattern):
            (to / file.relative_to(DOCS)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to / file.relative_to(DOCS))
    (to / "assets").mkdir()
    shutil.copyfile(ROOT / "src/antiphon/standin/page/icon.svg", to / "assets" / "icon.svg")
    shutil.copyfile(Path(__file__).with_name("extra.css"), to / "assets" / "extra.css")


def text_of(page: Page, paths: Mapping[Path, str]) -> str:
    """The Markdown of a page, as the site has it. `paths`: where files are in the site. ValueError: it names what
    nothing makes."""

    text = put_in(page.file.read_text(encoding="utf-8"), page.file)

    def link(found: re.Match[str]) -> str:
        target = (page.file.parent / found[2]).resolve()
        if target in paths:
            return f"[{found[1]}]({_relative(paths[target], page.path)}{found[3] or ''})"
        if target.is_relative_to(DOCS) and target.is_file():
            return f"[{found[1]}]({_relative(target.relative_to(DOCS).as_posix(), page.path)})"
        return found[1] if target.exists() else found[0]  # a file of the repository; or none, which the build says

    return _LINK.sub(link, text)


def put_in(text: str, file: Path) -> str:
    """A text with what is made from the code in it. ValueError: it names what nothing makes."""

    def made(found: re.Match[str]) -> str:
        if found[1] not in MADE:
            raise ValueError(f"{file.relative_to(ROOT)}: nothing makes “{found[1]}”")
        return MADE[found[1]]()

    return MARK.sub(made, text)


def _relative(target: str, page: str) -> str:
    """How one path of the site is reached from another."""
    up, parts = PurePosixPath(page).parent.parts, PurePosixPath(target).parts
    common = 0
    while common < min(len(up), len(parts) - 1) and up[common] == parts[common]:
        common += 1
    return "/".join([".."] * (len(up) - common) + list(parts[common:]))


def as_configured(entries: Navigation) -> list[object]:
    """A navigation as zensical.toml has it."""
    found: list[object] = []
    for one in entries:
        match one:
            case Page(path, None):
                found.append(path)
            case Page(path, title):
                found.append({title: path})
            case Section(title, below):
                found.append({title: as_configured(below)})
    return found
