"""Whether the time that something takes grows with its input, or with the input's square.

Nothing here depends on how fast the machine is: a large input is measured in CPU time against as many small ones as
make up its length. So both take about as long, and what else the machine does in that time disturbs both alike.
"""

import gc
import time
from collections.abc import Callable

_TIMES = 4  # the larger input by the smaller: linear takes as long as 4 of those, quadratic 4 times as long
_BOUND = 2  # between the two: their geometric mean
_NOISE = 0.02  # seconds: less tells nothing, and something quadratic takes more with texts as long as the tests have
_ROUNDS = 6  # each counts with its quickest round, so that one of them undisturbed is enough


def takes_linear_time(run: Callable[[int], object], size: int) -> bool:
    """Whether `run(size)` takes at most twice the CPU time of four `run(size // 4)`. Runs all up to six times."""
    small = large = float("inf")
    for _ in range(_ROUNDS):
        small = min(small, _seconds(run, size // _TIMES, _TIMES))
        large = min(large, _seconds(run, size, 1))
        if large <= max(_BOUND * small, _NOISE):
            return True
    return False


def _seconds(run: Callable[[int], object], size: int, times: int) -> float:
    gc.disable()  # a collection goes through all that the process has, which is no cost of this input's
    try:
        began = time.process_time()
        for _ in range(times):
            run(size)
        return time.process_time() - began
    finally:
        gc.enable()
