"""Whether every link of a built site leads somewhere, and whether it loads nothing from elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src"}  # what a browser fetches by itself
_LOADING_LINKS = ("stylesheet", "icon", "preload", "preconnect", "modulepreload")


@dataclass(slots=True)
class _Seen:
    anchors: set[str] = field(default_factory=set[str])
    links: list[str] = field(default_factory=list[str])
    loaded: list[str] = field(default_factory=list[str])


class _Reader(HTMLParser):
    """Notes the anchors and the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = _Seen()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.seen.anchors.add(given["id"])
        if tag == "a" and "href" in given:
            self.seen.links.append(given["href"])
        if tag in _LOADED and _LOADED[tag] in given:
            self.seen.loaded.append(given[_LOADED[tag]])
        if tag == "link" and any(word in given.get("rel", "") for word in _LOADING_LINKS):
            self.seen.loaded.append(given.get("href", ""))


def problems(site: Path) -> list[str]:
    """Each link that leads nowhere, a line each, with its page."""
    pages = {file.resolve(): _read(file) for file in sorted(site.rglob("*.html"))}
    return [
        f"{file.relative_to(site.resolve())}: {wrong}"
        for file, seen in pages.items()
        if file.name != "404.html"  # its links are absolute: it is shown wherever something is missing
        for wrong in _wrong(file, seen, pages)
    ]


def _wrong(file: Path, seen: _Seen, pages: dict[Path, _Seen]) -> Iterator[str]:
    for link in seen.loaded:
        if urlsplit(link).netloc:
            yield f"loads {link} from elsewhere"
    for link in (*seen.links, *seen.loaded):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            yield f"{link} is no page"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
            yield f"{link} has no such anchor"


def _read(file: Path) -> _Seen:
    reader = _Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    return reader.seen
