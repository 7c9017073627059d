"""Whether the time that something takes grows with its input, or with the input's square.

Nothing here depends on how fast the machine is: two sizes are measured in the same run, in CPU time.
"""

import time
from collections.abc import Callable

_TIMES = 4  # the larger input by the smaller: linear takes 4 times as long, quadratic 16 times
_BOUND = 8  # between the two: their geometric mean
_NOISE = 0.02  # seconds: less tells nothing, and something quadratic takes more with texts as long as the tests have
_ROUNDS = 6  # each size counts with its quickest round, so that one of them undisturbed is enough


def takes_linear_time(run: Callable[[int], object], size: int) -> bool:
    """Whether `run(size)` takes at most 8 times the CPU time of `run(size // 4)`. Runs both up to six times."""
    small = large = float("inf")
    for _ in range(_ROUNDS):
        small = min(small, _seconds(run, size // _TIMES))
        large = min(large, _seconds(run, size))
        if large <= max(_BOUND * small, _NOISE):
            return True
    return False


def _seconds(run: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    run(size)
    return time.process_time() - began
