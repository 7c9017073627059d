"""The wheel, installed into an empty environment as people do, outside the checkout and without the developers' tools.

It asks the package index that this machine is set up for. All of it is slow: `make dist-check` runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from release.distribution import ROOT, build

from antiphon import __version__

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_UV = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
_INDEX = ("UV_", "PIP_", "SSL_", "HTTP", "NO_PROXY")  # how the index is reached
_MOST = 200e6  # bytes beside Claude Code's own executable


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("dist"), epoch=None).wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what `pip install` makes of the wheel: packages, the command, bytecode."""
    made = tmp_path_factory.mktemp("installed") / "venv"
    uv("venv", "--quiet", "--python", sys.executable, str(made))
    uv("pip", "install", "--quiet", "--compile-bytecode", "--python", str(made / "bin" / "python"), str(wheel))
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def uv(*arguments: str, **more: str) -> str:
    """What uv prints. It downloads and installs, and starts nothing of ours but `antiphon --version`."""
    env = {name: value for name, value in os.environ.items() if name.startswith((*_INDEX, "PATH", "HOME"))}  # noqa: TID251
    done = subprocess.run([_UV, *arguments], env={**env, **more}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def antiphon(environment: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": os.defpath,  # nothing of this checkout
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "ANTHROPIC_API_KEY": "scripted-model",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "LANG": "C.UTF-8",
    }
    command = [str(environment / "bin" / "antiphon"), *arguments]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_it_says_its_version(environment: Path, home: Path) -> None:
    told = antiphon(environment, home, "--version")
    assert (told.returncode, told.stdout.strip()) == (0, f"antiphon, version {__version__}")


def test_the_demo_runs_a_turn(environment: Path, home: Path) -> None:
    told = antiphon(environment, home, "demo", "--once", "Run the tests")
    assert told.returncode == 0, told.stderr
    assert "Run the tests" in told.stdout
    assert "✅ Done" in told.stdout


def test_status_says_that_none_runs(environment: Path, home: Path) -> None:
    told = antiphon(environment, home, "status")
    assert told.returncode == 3, told.stderr
    assert told.stdout


def test_run_without_settings_says_where_to_begin(environment: Path, home: Path) -> None:
    told = antiphon(environment, home, "run")
    assert told.returncode == 78
    assert "antiphon setup" in told.stderr
    assert "Traceback" not in told.stderr


def test_it_is_small_beside_claude_code(environment: Path) -> None:
    (claude,) = environment.rglob("claude_agent_sdk/_bundled/claude")
    files = [file for file in environment.rglob("*") if file.is_file() and not file.is_symlink()]
    rest = sum(file.stat().st_size for file in files) - claude.stat().st_size
    print(f"{rest / 1e6:.0f} MB beside Claude Code's {claude.stat().st_size / 1e6:.0f} MB")
    assert rest < _MOST


def test_no_developers_tool_comes_along(environment: Path) -> None:
    there = {path.name.partition("-")[0].lower() for path in environment.rglob("*.dist-info")}
    assert there.isdisjoint({"pytest", "ruff", "pyright", "playwright", "hypothesis", "hatchling", "zensical"})


def test_uvx_runs_it_and_uv_installs_it_as_a_tool(wheel: Path, tmp_path: Path) -> None:
    assert __version__ in uv("tool", "run", "--from", str(wheel), "antiphon", "--version")
    places = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    uv("tool", "install", "--quiet", str(wheel), **places)
    assert [file.name for file in (tmp_path / "bin").iterdir()] == ["antiphon"]
