"""The container's files, as far as they can be looked at without a daemon: a linter, and a build of the wheel
from nothing but what the image is built from. (The image itself was not built here.)"""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    lines = DOCKERFILE.replace("\\\n", " ").splitlines()
    return [line.removeprefix(name).strip() for line in lines if line.startswith(f"{name} ")]


def test_a_linter_has_nothing_to_say_against_the_dockerfile() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    command = (str(hadolint), "--no-color", "--failure-threshold", "style", str(ROOT / "Dockerfile"))
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_the_image_is_one_to_trust() -> None:
    assert instructions("ARG")[0] == "PYTHON=python:3.12-slim-bookworm"
    assert set(instructions("FROM")) == {"${PYTHON} AS build", "${PYTHON}"}
    assert instructions("USER") == ["${UID}"]
    assert instructions("ARG")[1] == "UID=1000"  # nobody special
    assert instructions("VOLUME") == ["/data"]
    (health,) = instructions("HEALTHCHECK")
    assert health.endswith('CMD ["env", "-u", "DISCORD_BOT_TOKEN", "antiphon", "status"]')
    assert json.loads(instructions("ENTRYPOINT")[0]) == [
        "antiphon"
    ]  # process 1: no init keeps the token in front of it
    for secret in ("TOKEN=", "API_KEY="):
        assert secret not in DOCKERFILE


def test_every_place_in_which_something_is_kept_is_on_the_volume() -> None:
    (env,) = instructions("ENV")
    places = dict(re.findall(r"(\w+)=(/\S+)", env))
    kept = {places[name] for name in ("HOME", "ANTIPHON_STATE_DIR", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME")}
    assert all(one.startswith("/data/") for one in kept)
    (made,) = [one for one in instructions("RUN") if "mkdir" in one]
    assert all(one in made for one in kept)


def copied() -> list[str]:
    """What the build stage takes of this directory."""
    return [name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]]


def sent(path: str) -> bool:
    """Whether .dockerignore lets it through; the last rule that fits counts."""
    found = True
    for rule in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = rule.removeprefix("!").removeprefix("**/")
        if not rule.startswith("#") and any(fnmatch.fnmatch(part, pattern) for part in (path, path.split("/")[0])):
            found = rule.startswith("!")
    return found


def test_the_image_is_built_from_nothing_but_what_the_program_needs(tmp_path: Path) -> None:
    assert all(sent(name) for name in copied())
    assert not any(sent(name) for name in (".git", "tests", "docs", ".env", "code", ".venv", "antiphon.toml"))
    source = tmp_path / "source"
    source.mkdir()
    for name in copied():
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        names = wheel.namelist()
    assert "antiphon/__main__.py" in names
    assert "antiphon/attach/start.sh" in names


def composed() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_the_composition_says_nothing_that_compose_does_not_know() -> None:
    """By the Compose Specification; compose refuses other keys."""
    whole = composed()
    assert set(whole) == {"services", "volumes"}
    (service,) = whole["services"].values()
    known = {"build", "image", "restart", "stop_grace_period", "environment", "volumes", "cap_drop", "security_opt"}
    assert set(service) == known
    assert set(service["build"]) == {"context", "args"}


def test_the_composition_keeps_what_is_to_be_kept_and_gives_nothing_away() -> None:
    (service,) = composed()["services"].values()
    assert [one.rpartition(":")[2] for one in service["volumes"]] == ["/data", "/work"]
    assert not any("=" in one for one in service["environment"])  # taken from outside, where they are set
    assert "init" not in service
    assert service["cap_drop"] == ["ALL"]
    assert service["restart"] == "unless-stopped"
