"""The site: built strictly, every page in its place; and the check that finds links that lead nowhere."""

import re
from pathlib import Path

import pytest
from website.build import NotBuilt, build
from website.gather import gather, put_in, text_of
from website.links import problems
from website.pages import DOCS, ROOT, Page, navigation, pages


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("built") / "site"
    build(made, navigation())
    return made


def test_every_page_is_built(site: Path) -> None:
    there = {str(file.relative_to(site)) for file in site.rglob("*.html")}
    expected = {re.sub(r"README\.md$", "index.html", one.path).replace(".md", ".html") for one in pages(navigation())}
    assert there == expected | {"404.html"}


def test_what_is_made_from_the_code_stands_in_its_pages(site: Path) -> None:
    commands = (site / "reference" / "commands.html").read_text()
    assert "/worktree" in commands
    assert "Made from the code" not in commands
    assert "Turns at work at once" in (site / "reference" / "configuration.html").read_text()


def test_it_names_no_machine_and_no_directory_of_its_builder(site: Path) -> None:
    texts = [file.read_text() for file in site.rglob("*") if file.suffix in (".html", ".json", ".xml")]
    assert not [text for text in texts if str(ROOT) in text or str(Path.home()) + "/" in text]


def test_a_site_that_cannot_be_built_leaves_the_last_one(tmp_path: Path) -> None:
    broken = tmp_path / "broken.md"
    broken.write_text("# Broken\n\n[there](gone.md)\n")
    old = tmp_path / "site"
    old.mkdir()
    (old / "index.html").write_text("the last one")
    with pytest.raises(NotBuilt, match="page does not exist"):
        build(old, (*navigation(), Page("broken.md", source=broken)))
    assert (old / "index.html").read_text() == "the last one"


def test_a_page_without_a_place_is_told(tmp_path: Path) -> None:
    others = tuple(one for one in navigation() if one != Page("glossary.md"))
    with pytest.raises(ValueError, match=r"no place .* has docs/glossary\.md"):
        gather(tmp_path / "pages", others)


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text()
    assert [file.name for file in (DOCS / "decisions").glob("0*.md") if f"]({file.name})" not in listed] == []


def test_a_page_that_names_what_nothing_makes_is_told() -> None:
    with pytest.raises(ValueError, match="nothing makes “settingz”"):
        put_in("*Made from the code by `make docs`: settingz.*", DOCS / "new.md")


def test_links_to_files_that_have_no_page_become_their_texts(tmp_path: Path) -> None:
    written = tmp_path / "page.md"
    links = ("CONTRIBUTING.md", "docs/api.md#tokens", "LICENSE", "docs/openapi.json")
    text = " ".join(f"[text]({ROOT / one})" for one in links) + " [out](https://example.org/a.md) [here](#there)"
    written.write_text(text)
    paths = {page.file: page.path for page in pages(navigation())}
    assert text_of(Page("deep/page.md", source=written), paths) == (
        "[text](../contributing.md) [text](../api.md#tokens) text [text](../openapi.json) "
        "[out](https://example.org/a.md) [here](#there)"
    )


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ('<a href="b.html">b</a>', []),
        ('<a href="b.html#x">b</a>', []),
        ('<a href="b.html#y">b</a>', ["a.html: b.html#y has no such anchor"]),
        ('<a href="#y">b</a>', ["a.html: #y has no such anchor"]),
        ('<a href="c.html">c</a>', ["a.html: c.html is no page"]),
        ('<a href="below/">b</a>', ["a.html: below/ is no page"]),
        ('<img src="p.png">', ["a.html: p.png is no page"]),
        ('<a href="https://example.org">e</a>', []),
        ('<script src="https://example.org/e.js"></script>', ["a.html: loads https://example.org/e.js from elsewhere"]),
        ('<link rel="stylesheet" href="//example.org/e.css">', ["a.html: loads //example.org/e.css from elsewhere"]),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, html: str, wrong: list[str]) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "b.html").write_text('<h2 id="x">X</h2>')
    assert problems(tmp_path) == wrong
