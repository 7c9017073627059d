"""The throw-away project that Claude works in: small, and with something to do.

The scripted model's tour talks about these files (`standin/model/tour.py`): the greeting is wrong without a name, and a
test says so.
"""

from collections.abc import Mapping
from types import MappingProxyType

_README = """\
# Playground

A throw-away project for the demo. Whatever Claude does here is gone afterwards.

- `hello.py` greets somebody: `python3 hello.py Ada`
- `test_hello.py` tests it: `python3 -m unittest`
- `build.py` is a build that takes its time
"""
_HELLO = '''\
"""Greets somebody by name."""

import sys


def greet(name: str) -> str:
    return f"Hello, {name}!"


if __name__ == "__main__":
    print(greet(sys.argv[1] if len(sys.argv) > 1 else "world"))
'''
_TEST = '''\
"""What a greeting should be."""

import unittest

from hello import greet


class Greeting(unittest.TestCase):
    def test_a_name(self) -> None:
        self.assertEqual(greet("Ada"), "Hello, Ada!")

    def test_no_name(self) -> None:
        self.assertEqual(greet(""), "Hello, stranger!")


if __name__ == "__main__":
    unittest.main()
'''
_BUILD = '''\
"""A build that takes its time; with --watch it goes on until it is stopped."""

import sys
import time

STEPS = 10

for step in range(1, STEPS + 1):
    print(f"[{step}/{STEPS}] part {step} is built", flush=True)
    time.sleep(1.5)
while "--watch" in sys.argv:
    time.sleep(1)
'''

FILES: Mapping[str, str] = MappingProxyType(
    {
        ".gitignore": "__pycache__/\n",
        "README.md": _README,
        "hello.py": _HELLO,
        "test_hello.py": _TEST,
        "build.py": _BUILD,
    }
)
