"""`python -m release [DIRECTORY]`: build the sdist and the wheel into an empty directory (dist), and look into them.

Their files have the time that SOURCE_DATE_EPOCH says, else that of the commit. Exit code 1: what is wrong is printed,
and nothing is left.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from release.distribution import ROOT, build, commit_time, problems, tracked


def main(to: Path) -> int:
    to.mkdir(exist_ok=True)
    for old in (*to.glob("antiphon-*.tar.gz"), *to.glob("antiphon-*.whl")):
        old.unlink()
    said = os.environ.get("SOURCE_DATE_EPOCH")  # noqa: TID251
    try:
        built = build(ROOT, to, epoch=int(said) if said else commit_time(ROOT))
    except subprocess.CalledProcessError as error:
        print(error.stderr, file=sys.stderr)
        return 1
    archives = (built.sdist, built.wheel)
    if wrong := problems(built, tracked(ROOT)):
        print(*wrong, sep="\n", file=sys.stderr)
        for archive in archives:
            archive.unlink()
        return 1
    for archive in archives:
        content = archive.read_bytes()
        print(f"{hashlib.sha256(content).hexdigest()}  {archive}  ({len(content) / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")))
