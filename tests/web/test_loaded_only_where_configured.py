"""Where the API is not configured, nothing of it is loaded."""

import subprocess
import sys

_LOOK = """
import sys
import antiphon.cli.main, antiphon.daemon
ours = ("fastapi", "uvicorn", "starlette", "sse_starlette", "prometheus_client")
print(sorted(one for one in sys.modules if one.partition(".")[0] in ours or one.startswith("antiphon.web")))
"""


def test_a_bridge_without_it_loads_none_of_its_modules() -> None:
    told = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, check=True, text=True)
    assert told.stdout.strip() == "[]"
