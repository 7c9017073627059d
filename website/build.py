"""Builds the site: strictly, and only one whose links all lead somewhere takes the place of the last."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import tomlkit

from website.gather import as_configured, gather
from website.links import problems
from website.pages import Navigation

_CONFIG = Path(__file__).with_name("zensical.toml")


class NotBuilt(Exception):
    """The site cannot be built as it is; why stands in the lines."""


def build(to: Path, entries: Navigation) -> int:
    """Build it into a directory, which it replaces; the number of its pages. NotBuilt: what is wrong."""
    with TemporaryDirectory(prefix="antiphon-docs-") as temporary:
        work = Path(temporary).resolve()
        try:
            gather(work / "pages", entries)
        except ValueError as error:
            raise NotBuilt(str(error)) from None
        config = tomlkit.parse(_CONFIG.read_text(encoding="utf-8"))
        project = config["project"]
        assert isinstance(project, dict)
        project.update({"docs_dir": "pages", "site_dir": "site", "nav": as_configured(entries)})
        (work / "zensical.toml").write_text(tomlkit.dumps(config), encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotBuilt(done.stdout + done.stderr)
        if wrong := problems(work / "site"):
            raise NotBuilt("\n".join(wrong))
        if to.exists():
            shutil.rmtree(to)
        shutil.move(work / "site", to)
    return sum(1 for _ in to.rglob("*.html"))
