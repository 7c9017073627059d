"""`antiphon ...` on a machine that sleeps: with each SIGUSR1 an hour has passed on the wall, and on no other clock."""

import signal
import time

_HOUR = 3600.0

real, slept = time.time, 0.0


def sleep(*_: object) -> None:
    global slept
    slept += _HOUR


time.time = lambda: real() + slept
signal.signal(signal.SIGUSR1, sleep)

from antiphon.cli.main import main  # noqa: E402 - whoever takes the clock from now on takes that one

if __name__ == "__main__":
    main(prog_name="antiphon")
