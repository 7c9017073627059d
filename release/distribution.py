"""The sdist and the wheel: built so that the same sources give the same bytes, and looked into.

Hatchling sorts the files, gives them one time (SOURCE_DATE_EPOCH, else a fixed one) and one of two modes. What is left
is hatchling itself, whose version is in the wheel: the environment of `make setup` has the locked one.
"""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PACKAGE = "src/antiphon/"
_INFO = re.compile(r"antiphon-[^/]+\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt|licenses/LICENSE)")
# In no archive, whether it is under version control or not.
_NEVER = re.compile(
    r"(^|/)(__pycache__|\.(venv|uv|git|ci|hypothesis|\w+_cache)|node_modules|site|build|dist)(/|$)|\.(pyc|pyo|db|log|env|pem|orig|rej)$"
)
_OURS = frozenset({".py", ".js", ".css", ".html", ".svg", ".sh", ".typed"})  # in the package


@dataclass(frozen=True, slots=True)
class Distribution:
    """Two archives of one version."""

    sdist: Path
    wheel: Path

    def in_sdist(self) -> frozenset[str]:
        """The names of its files, without the directory that they all lie in."""
        with tarfile.open(self.sdist) as archive:
            return frozenset(one.name.partition("/")[2] for one in archive.getmembers() if not one.isdir())

    def in_wheel(self) -> frozenset[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return frozenset(archive.namelist())


def build(source: Path, to: Path, *, epoch: int | None) -> Distribution:
    """Both archives of the sources in a directory. `epoch`: the time of their files, in seconds; None: as hatchling
    has it. CalledProcessError: it cannot be built."""
    env = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}  # noqa: TID251
    if epoch is not None:
        env["SOURCE_DATE_EPOCH"] = str(epoch)
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(to.resolve())]
    subprocess.run(command, cwd=source, env=env, check=True, capture_output=True, text=True)
    (sdist,), (wheel,) = to.glob("antiphon-*.tar.gz"), to.glob("antiphon-*.whl")
    return Distribution(sdist, wheel)


def problems(built: Distribution, tracked: frozenset[str] | None) -> list[str]:
    """What is wrong with the contents, a line each. `tracked`: the files under version control, where that is known."""
    sdist, wheel = built.in_sdist(), built.in_wheel()
    package = {name.removeprefix("src/") for name in sdist if name.startswith(_PACKAGE)}
    found = [
        *_lines("the wheel lacks", package - wheel),
        *_lines("no part of the package is", (name for name in wheel - package if not _INFO.fullmatch(name))),
        *_lines("nobody needs", (name for name in sdist | wheel if _NEVER.search(name))),
        *_lines("of no known kind is", (name for name in package if Path(name).suffix not in _OURS)),
    ]
    if tracked is not None:
        found += _lines("not under version control is", sdist - tracked - {"PKG-INFO"})
        found += _lines("the sdist lacks", {name for name in tracked if name.startswith((_PACKAGE, "tests/"))} - sdist)
    return found


def tracked(root: Path) -> frozenset[str] | None:
    """The files under version control; None: this is no clone."""
    if not (root / ".git").exists():
        return None
    told = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)
    return frozenset(name for name in told.stdout.split("\0") if name and (root / name).exists())


def commit_time(root: Path) -> int | None:
    """When the commit was made that is checked out, in seconds since 1970; None: this is no clone."""
    if not (root / ".git").exists():
        return None
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=root, check=True, capture_output=True, text=True)
    return int(told.stdout)


def _lines(what: str, names: Iterable[str]) -> list[str]:
    return [f"{what} {name}" for name in sorted(names)]
