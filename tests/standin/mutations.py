"""Ways to spoil a request: in its values, in its bytes, in what it says of itself. Seeded: each can be repeated."""

# A table reads best with one line for each way, however long.
# ruff: noqa: E501

import copy
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

NUMBERS: Sequence[Any] = (
    *(0, -0, -1, 1, 2**31, 2**31 - 1, 2**53 + 1, 2**63, 2**64, -(2**63), 10**40, 1.5, 1e308, -1e-308),
    *(float("inf"), float("-inf"), float("nan")),
)
TEXTS: Sequence[str] = (
    *(
        "",
        " ",
        "0",
        "-1",
        "--5",
        "1e5",
        "²",
        "٣",
        "1" * 30,
        "9" * 400,
        "9" * 5000,
        "null",
        "true",
    ),  # digits of all sorts
    *("x" * 101, "x" * 5000, "\0", "\ud800", "\udfff x", "\u202e", "\N{EYES}" * 2001, "a\nb", "e\u0301" * 99),
    *("{}", "%s", "../..", "<@1>", "<@&99999999999999999999>", "attachment://none", "attachment://", "@me"),
    *("http://[", "https://x.y:99999999", "javascript:1", "2026-13-45T99:99:99Z", "0000-00-00", "+1000000-01-01"),
)
SHAPES: Sequence[Callable[[], Any]] = (
    *(lambda: None, lambda: True, lambda: False, list, dict, lambda: [None], lambda: [[]], lambda: {"": None}),
    *(lambda: nested(20), lambda: nested(120), lambda: [{}] * 200, lambda: {str(n): n for n in range(300)}),
    *(
        lambda: {"type": 1},
        lambda: {"type": 17, "components": None},
        lambda: {"id": {}},
        lambda: {"_errors": "x", "errors": 1},
    ),
)


def nested(depth: int) -> Any:
    """A list in a list in a list …, or objects, so deep."""
    value: Any = []
    for n in range(depth):
        value = [value] if n % 2 else {"components": value}
    return value


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all parts of a body, the whole being ()."""
    found = [path]
    if isinstance(body, dict):
        for key, value in body.items():
            found += places(value, (*path, key))
    elif isinstance(body, list):
        for n, value in enumerate(body):
            found += places(value, (*path, n))
    return found


def at(body: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A request's bytes and its content type (None: none is named)."""

    data: bytes
    kind: str | None = "application/json"


class Spoiler:
    """One stream of spoilt requests; the same seed gives the same stream. `ids` are ids that do exist."""

    def __init__(self, seed: str, ids: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._ids = [i for i in ids if i.isdigit()]

    def body(self, valid: Any) -> Any:
        """A body with one to three of its parts changed, taken out or doubled."""
        body = copy.deepcopy(valid)
        for _ in range(self._random.choice((1, 1, 2, 3))):
            path = self._random.choice(places(body))
            if not path:
                if self._random.random() < 0.1:
                    return self._value(body)
                continue
            parent, last = at(body, path[:-1]), path[-1]
            match self._random.randrange(6):
                case 0 if isinstance(parent, dict):
                    del parent[last]
                case 1 if isinstance(parent, dict):
                    parent[self._random.choice(TEXTS)] = parent[last]
                case 2 if isinstance(parent, list):
                    parent.extend([parent[last]] * self._random.choice((1, 30)))
                case 3:
                    parent[last] = copy.deepcopy(at(body, self._random.choice(places(body))))
                case _:
                    parent[last] = self._value(parent[last])
        return body

    def _value(self, old: Any) -> Any:
        pick = self._random.choice
        match self._random.randrange(6):
            case 0:
                return pick(NUMBERS)
            case 1:
                return pick(TEXTS)
            case 2:
                return pick(SHAPES)()
            case 3:
                return pick((str, repr, lambda v: [v], lambda v: {"value": v}))(old)
            case 4:
                return pick(self._ids)
            case _:
                return int(pick(self._ids))

    def request(self, valid: Any) -> Spoilt:
        """Mostly a spoilt body in sound JSON; sometimes bytes that are none, or a wrong word on what they are."""
        chance = self._random.random()
        if chance < 0.7:
            return Spoilt(_dumped(self.body(valid)))
        sound = _dumped(valid)
        if chance < 0.85:
            return Spoilt(self._bytes(valid, sound))
        if chance < 0.92:
            return self.multipart(valid, sound)
        kinds = (
            None,
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
            "a",
            "multipart/form-data",
        )
        return Spoilt(sound, self._random.choice(kinds))

    def _deep(self, valid: Any) -> bytes:
        """One part so deep that a reader in Python just bears it, and what is made of it may not."""
        path = self._random.choice([p for p in places(valid) if p] or [()])
        if not path:
            return b"[" * 900 + b"]" * 900
        body = copy.deepcopy(valid)
        at(body, path[:-1])[path[-1]] = "deep"
        opened, closed = self._random.choice(((b"[", b"]"), (b'{"components":[', b"]}")))
        depth = 900 // len(opened.strip(b'"components:'))
        return _dumped(body).replace(b'"deep"', opened * depth + closed * depth)

    def _bytes(self, valid: Any, sound: bytes) -> bytes:
        at_ = self._random.randrange(len(sound) or 1)
        head, tail = sound[:at_], sound[at_:]
        ways: Sequence[Callable[[], bytes]] = (
            lambda: self._deep(valid),
            lambda: head,
            lambda: tail,
            lambda: head + b"\xff\xfe" + tail,
            lambda: head + self._random.randbytes(8) + tail,
            lambda: sound + sound,
            lambda: sound.replace(b":", b":-NaN,", 1),
            lambda: b'{"content": NaN, "type": Infinity, "flags": -Infinity}',
            lambda: b'{"type": ' + b"9" * 6000 + b"}",
            lambda: b'{"content": 1e999, "nonce": -1e999, "type": 4}',
            lambda: sound[:-1] + b"," + sound[1:],  # every key twice
            lambda: b"[" * 100_000 + b"]" * 100_000,
            lambda: b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
            lambda: b"\xef\xbb\xbf" + sound,
            lambda: sound.decode().encode("utf-16"),
            lambda: b'{"content": "' + b"x" * 300_000 + b'"}',
            lambda: self._random.randbytes(200),
            lambda: b"\0" * 20,
        )
        return self._random.choice(ways)()

    def multipart(self, valid: Any, sound: bytes) -> Spoilt:
        """A form of parts that is broken somewhere, or holds a spoilt payload_json."""
        payload = self._random.choice((sound, _dumped(self.body(valid)), b"{", b"[]", b"\xff", b"", b"null"))
        named = self._random.choice(
            ('name="payload_json"', 'name="payload_json"; filename="a"', "name=", 'name="\udc80"', "")
        )
        file = self._random.choice(
            (
                'name="files[0]"; filename="../a"',
                'name="files[999999999999]"; filename=""',
                'name="files[²]"; filename="\n"',
            )
        )
        parts = [
            f"--b\r\nContent-Disposition: form-data; {named}\r\n\r\n".encode(errors="surrogateescape")
            + payload
            + b"\r\n",
            f"--b\r\nContent-Disposition: form-data; {file}\r\nContent-Type: {self._random.choice(('', 'x', 'text/html; ='))}\r\n\r\nx\r\n".encode(),
            b'--b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="content"\r\n\r\n===\r\n',
            b'--b\r\nContent-Encoding: gzip\r\nContent-Disposition: form-data; name="content"\r\n\r\nnot gzip\r\n',
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n",
            b"--b\r\n\r\n",
            b"--b\r\nno colon here\r\n\r\nx\r\n",
        ]
        chosen = self._random.sample(parts, self._random.randrange(1, 4)) + self._random.choice(
            ([b"--b--\r\n"], [b"--b"], [])
        )
        boundary = self._random.choice(
            (
                "; boundary=b",
                "; boundary=b",
                "; boundary=b",
                "; boundary=c",
                "",
                '; boundary="',
                "; boundary=" + "b" * 80,
            )
        )
        return Spoilt(b"".join(chosen), f"multipart/form-data{boundary}")

    def path(self, path: str) -> str:
        """A path with one of its parts, or a value of its query, replaced."""
        odd = (
            "0",
            "1",
            "9" * 25,
            "9" * 5000,
            "-1",
            "--5",
            "abc",
            "%20",
            "%00",
            "%ff",
            "%C2%B2",
            "%D9%A3",
            "%2F",
            "..%2f",
            "@me",
            "1.5",
            "NaN",
            "x" * 300,
        )
        base, _, query = path.partition("?")
        parts = base.split("/")
        if query and self._random.random() < 0.7:
            pairs = [pair.split("=")[0] for pair in query.split("&")]
            query = f"{self._random.choice(pairs)}={self._random.choice((*odd, ''))}"
        else:
            parts[self._random.randrange(1, len(parts))] = self._random.choice(odd)
        return "/".join(parts) + (f"?{query}" if query else "")


def _dumped(body: Any) -> bytes:
    """JSON as Python writes it: NaN, Infinity, lone surrogates (escaped) and all."""
    return json.dumps(body).encode()
