"""`systemctl`, `loginctl`, `journalctl` and `launchctl` as far as a service needs them: programs in a directory of the
test's, which behave and remember. None of this machine's own is ever asked."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from antiphon.service.machine import Machine

_PROGRAM = """#!{python} -IS
import json, os, pathlib, sys
here = pathlib.Path({here!r})
file = here / "state.json"
state = json.loads(file.read_text())
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
line = " ".join([name, *words])
with (here / "calls").open("a") as calls:
    calls.write(line + "\\n")
if "DISCORD_BOT_TOKEN" in os.environ:
    sys.exit("the token was handed down")
for pattern, answer in state["fails"].items():
    if pattern in line:
        sys.exit(answer)
{body}
file.write_text(json.dumps(state))
"""

_SYSTEMCTL = """
words = [one for one in words if one not in ("--user", "--no-ask-password", "--no-block", "--now")]
now = "--now" in sys.argv
unit = pathlib.Path(state["units"]) / "antiphon.service"
link = unit.parent / "default.target.wants" / unit.name
verb = words[0]
if verb == "show" and words[1] == "--property=Version":
    print("Version=252 (252.39-1)")
elif verb == "daemon-reload":
    state["loaded"] = unit.exists()
elif verb == "enable":
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(unit) if not link.is_symlink() else None
elif verb in ("start", "restart"):
    if not state["loaded"]:
        sys.exit("Unit antiphon.service not found.")
    state |= {"ActiveState": "active", "MainPID": "4711", "NRestarts": "0", "ExecMainStatus": "0"}
elif verb == "show":
    names = words[2].partition("=")[2].split(",")
    told = {**state, "UnitFileState": "enabled" if link.is_symlink() else "disabled" if unit.exists() else ""}
    print("\\n".join(f"{one}={told.get(one, '')}" for one in names))
elif verb == "disable":
    link.unlink(missing_ok=True)
    state |= {"ActiveState": "inactive", "MainPID": "0"} if now else {}
elif verb != "reset-failed":
    sys.exit(f"Unknown command verb {verb}.")
"""

_LOGINCTL = """
words = [one for one in words if one != "--no-ask-password"]
if words[0] == "show-user":
    if not state["linger"]:
        sys.exit("Failed to get user: User ID 1000 is not logged in or lingering")
    print("Linger=yes")
else:
    state["linger"] = words[0] == "enable-linger"
"""

_JOURNALCTL = """
if state["journal"]:
    print(state["journal"])
"""

_LAUNCHCTL = """
verb, target = words[0], words[1]
agent = pathlib.Path(state["agent"])
if verb == "print" and target.count("/") == 1:
    sys.exit(0 if target.split("/")[0] in state["domains"] else "Could not find domain for")
elif verb == "print":
    if state["leaving"]:
        state["leaving"] -= 1
        state["agent_loaded"] = state["leaving"] > 0
    file.write_text(json.dumps(state))
    if not state["agent_loaded"]:
        sys.exit("Could not find service")
    print("gui/1000/antiphon.bridge = {\\n\\tactive count = 1\\n\\tstate = running\\n\\n\\tpid = 4711\\n\\truns = 3"
          "\\n\\tlast exit code = (never exited)\\n}")
elif verb == "bootout":
    if not state["agent_loaded"]:
        sys.exit("Boot-out failed: 3: No such process")
    state["leaving"] = 3
elif verb == "bootstrap":
    if state["agent_loaded"] or not agent.exists():
        sys.exit("Bootstrap failed: 5: Input/output error")
    state["agent_loaded"] = True
elif verb == "kickstart":
    sys.exit(0 if state["agent_loaded"] else "Could not find service")
"""

_BODIES = {"systemctl": _SYSTEMCTL, "loginctl": _LOGINCTL, "journalctl": _JOURNALCTL, "launchctl": _LAUNCHCTL}


@dataclass(frozen=True, slots=True)
class Commands:
    """The programs in `here`, and what is known of the machine that they stand for."""

    here: Path
    home: Path

    @classmethod
    def made(cls, here: Path, home: Path, config: Path | None = None) -> "Commands":
        """Make them. `config`: where configurations are (None: in the home)."""
        made = cls(here, home)
        here.mkdir()
        units = (config or home / ".config") / "systemd" / "user"
        agent = home / "Library" / "LaunchAgents" / "antiphon.bridge.plist"
        made.write(units=str(units), agent=str(agent), fails={}, loaded=False, linger=False, journal="")
        made.write(domains=["gui", "user"], agent_loaded=False, leaving=0, ActiveState="inactive", MainPID="0")
        for name, body in _BODIES.items():
            program = here / name
            program.write_text(_PROGRAM.format(python=sys.executable, here=str(here), body=body))
            program.chmod(0o755)
        return made

    def environment(self, **more: str) -> dict[str, str]:
        """Of a shell on that machine, from nothing."""
        return {"PATH": f"{self.here}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(self.home), **more}

    def machine(self, platform: str, env: Mapping[str, str], root: Path | None = None) -> Machine:
        return Machine(platform, self.home, "ada", 1000, env, root or self.here)

    def read(self) -> dict[str, object]:
        return json.loads((self.here / "state.json").read_text()) if (self.here / "state.json").exists() else {}

    def write(self, **changes: object) -> None:
        (self.here / "state.json").write_text(json.dumps({**self.read(), **changes}))

    def calls(self) -> list[str]:
        """What was asked since the last time, in order; looks are left out."""
        file = self.here / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        looks = ("show", "print", "--lines=1")
        return [one for one in lines if not any(word in one.split() or word in one for word in looks)]
