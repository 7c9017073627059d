"""What people install: the same bytes from the same sources, all of it and nothing else, and a description that an
index can show."""

import re
import shutil
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from readme_renderer import markdown
from release.distribution import ROOT, Distribution, build, problems, tracked

from antiphon import __version__

_EPOCH = 1_800_000_000  # seconds: 2027-01-15


def copy_of_the_sources(to: Path) -> Path:
    """What a clone has, or an unpacked sdist."""
    names = tracked(ROOT)
    if names is None:
        return shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(".*", "__pycache__", "dist", "site"))
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, to / name)  # with a time of its own, and the mode that this process gives
    return to


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_sources(tmp_path_factory.mktemp("clone") / "antiphon")


@pytest.fixture(scope="module")
def built(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    return build(sources, tmp_path_factory.mktemp("dist"), epoch=_EPOCH)


@pytest.fixture(scope="module")
def description(built: Distribution) -> str:
    with zipfile.ZipFile(built.wheel) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith("/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())
    assert (metadata["Name"], metadata["Version"]) == ("antiphon", __version__)
    assert metadata["Description-Content-Type"] == "text/markdown"
    text = metadata.get_payload()
    assert isinstance(text, str)
    return text


def test_both_archives_hold_what_they_should_and_nothing_else(built: Distribution) -> None:
    assert problems(built, tracked(ROOT)) == []


def test_the_wheel_holds_what_is_needed_beside_python_files(built: Distribution) -> None:
    others = {name for name in built.in_wheel() if not name.endswith(".py")}
    needed = {"py.typed", "attach/start.sh", "agent/git/commit_hook.sh", "standin/page/index.html"}
    assert {f"antiphon/{name}" for name in needed} <= others
    assert "antiphon/store/migrations/versions/0001_first.py" in built.in_wheel()


def test_a_wheel_has_no_tests_and_one_command(built: Distribution) -> None:
    assert not [name for name in built.in_wheel() if "test" in Path(name).parts[1]]
    with zipfile.ZipFile(built.wheel) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith("/entry_points.txt")]
        assert archive.read(name).decode().split() == ["[console_scripts]", "antiphon", "=", "antiphon.__main__:main"]


def test_two_directories_give_the_same_bytes(sources: Path, built: Distribution, tmp_path: Path) -> None:
    """The second: an unpacked sdist, by another name, with other times and modes."""
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path / "elsewhere", filter="data")
    (unpacked,) = (tmp_path / "elsewhere").iterdir()
    (unpacked / "PKG-INFO").unlink()  # only an sdist has it
    for file in unpacked.rglob("*.py"):
        file.chmod(0o600)
    again = build(unpacked, tmp_path, epoch=_EPOCH)
    assert again.sdist.read_bytes() == built.sdist.read_bytes()
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_the_time_of_the_files_is_the_one_that_is_asked_for(built: Distribution) -> None:
    with tarfile.open(built.sdist) as archive:
        assert {one.mtime for one in archive.getmembers()} == {_EPOCH}


def test_what_nobody_tracks_is_told(built: Distribution) -> None:
    names = built.in_sdist() - {"PKG-INFO"}
    assert problems(built, names) == []
    assert problems(built, names - {"README.md"}) == ["not under version control is README.md"]
    assert problems(built, names | {"tests/test_new.py"}) == ["the sdist lacks tests/test_new.py"]


def test_an_index_shows_the_description_with_links_that_lead_somewhere(description: str) -> None:
    shown = markdown.render(description)
    assert shown is not None
    assert "<h1" in shown
    assert "<img" not in shown
    targets = re.findall(r'(?:href|src)="([^"]*)"', shown)
    assert [one for one in targets if not one.startswith(("https://", "#"))] == []


def test_nothing_but_pictures_and_links_is_left_out_of_the_description(description: str) -> None:
    def words(text: str) -> list[str]:
        return re.sub(r"\[([^]]+)\]\([^)]*\)|<img [^>]*>", r"\1", text).split()

    assert words(description) == words((ROOT / "README.md").read_text(encoding="utf-8"))
