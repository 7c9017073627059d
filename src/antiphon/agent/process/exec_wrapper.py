"""The few lines that stand between the bridge and the `claude` executable, run as a script of their own.

    python -I -S launcher.py PARENT_PID NAMES EXECUTABLE [ARGUMENT ...]

It keeps only the environment variables that NAMES allows (the SDK hands down everything the bridge has, the bot token
included), and asks the kernel to end the process when the bridge dies, however it dies. Then it becomes `claude`.
Imports as little as it can: it is part of every session's start-up time.
"""

import os
import sys


def allowed(name: str, rules: list[str]) -> bool:
    """Whether a variable may be handed down; a rule is a name, or a beginning of one that ends in *."""
    return any(name.startswith(rule[:-1]) if rule.endswith("*") else name == rule for rule in rules)


def end_with_parent(parent: int) -> None:
    """Linux: SIGKILL for this process when the bridge's process is gone: on a signal that it can hear, and on a closed
    pipe (which is all there is elsewhere), `claude` may go on for two seconds and ask the model what nobody will see.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import signal

    set_death_signal = 1  # PR_SET_PDEATHSIG, linux/prctl.h
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)


def adopt_orphans() -> None:
    """Linux: what descends from this process stays below it, also when it loses its parent (agent/process/orphans.py
    finds it there). Claude Code does not wait for those: when they end they stay as zombies until it ends, too."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    set_child_subreaper = 36  # PR_SET_CHILD_SUBREAPER, linux/prctl.h
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def main() -> None:
    """Clean up, then become the executable."""
    parent, names, executable = int(sys.argv[1]), sys.argv[2].split(","), sys.argv[3]
    environment = {name: value for name, value in os.environ.items() if allowed(name, names)}  # noqa: TID251
    end_with_parent(parent)
    if names != ["*"]:  # a bridge that is shown or tested adopts nobody
        adopt_orphans()
    os.execve(executable, [executable, *sys.argv[4:]], environment)  # noqa: S606 - no shell, on purpose


if __name__ == "__main__":
    main()
