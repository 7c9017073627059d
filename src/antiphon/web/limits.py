"""How much may be asked: by a token in a minute, by a stranger, and at once. In memory, of a bounded size."""

from collections import OrderedDict
from dataclasses import dataclass

_KNOWN = 1000  # callers that are remembered


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rate:
    """So many a minute for each name, and `burst` of them at once. Times are monotonic seconds."""

    def __init__(self, per_minute: float, burst: float) -> None:
        self._per_second = per_minute / 60.0
        self._burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, name: str, now: float) -> float:
        """Take one: 0.0. Or how many seconds there are to wait until there is one."""
        bucket = self._bucket(name, now)
        if bucket.left >= 1.0:
            bucket.left -= 1.0
            return 0.0
        return (1.0 - bucket.left) / self._per_second

    def _bucket(self, name: str, now: float) -> _Bucket:
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(self._burst, now)
            while len(self._buckets) > _KNOWN:
                self._buckets.popitem(last=False)
        else:
            bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._per_second)
            bucket.at = now
            self._buckets.move_to_end(name)
        return bucket
