"""`python -m website [DIRECTORY]`: build the documentation into a directory (site). Exit code 1: what is wrong is
printed, and the last one stays."""

import sys
from pathlib import Path

from website.build import NotBuilt, build
from website.pages import navigation


def main(to: Path) -> int:
    try:
        count = build(to, navigation())
    except NotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{to / 'index.html'}: {count} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "site")))
