"""`make chaos`: rounds of messages and faults, and whether Antiphon keeps its promises through them.

    python -m chaos [--seed N] [--rounds 20] [--messages 50] [--threads 6] [--faults 20] [--keep DIRECTORY]

A round is repeatable: SEED=n plays it again, with the same messages and faults at the same planned moments (what they
meet there is the machine's own). Exit code 1: a promise was broken.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

from chaos import plan, stage, verdict

_PEOPLE = 3


async def one(arguments: argparse.Namespace, seed: int) -> tuple[verdict.Verdict, plan.Plan]:
    """Play a round, print its row, keep what explains it."""
    begun = time.monotonic()
    wanted = plan.make(seed, arguments.messages, arguments.threads, arguments.faults, _PEOPLE)
    records, played = await stage.play(wanted, _PEOPLE)
    found = verdict.judge(records)
    counts = " ".join(f"{len(found.wrong.get(kind, [])):>4}" for kind in verdict.KINDS)
    ends = " ".join(f"{mark}{count}" for mark, count in found.ends.most_common())
    seconds = time.monotonic() - begun
    row = f"{seed:>6} {wanted.while_working:<5} {len(wanted.messages):>4} {len(wanted.faults):>4} {counts}"
    print(f"{row}  {seconds:4.0f} s  {ends}", flush=True)
    for kind, words in found.wrong.items():
        for line in words:
            print(f"       {kind}: {line}", flush=True)
    if arguments.keep is not None and found.wrong:
        _keep(arguments.keep / f"seed-{seed}.txt", records, played, found)
    return found, wanted


def _keep(path: Path, records: verdict.Records, played: stage.Round, found: verdict.Verdict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{kind}: {line}" for kind, words in found.wrong.items() for line in words]
    lines += ["", "faults:", *played.done, ""]
    for place, messages in records.places.items():
        opening = next(one.message for one in records.said if one.place == place)
        lines += [f"place {place}", *("  " + verdict.shown(message) for message in (opening, *messages))]
    lines += ["", "the bridge:", *played.bridge.lines]
    path.write_text("\n".join(lines))


async def main(arguments: argparse.Namespace) -> int:
    print(f"  seed while  msgs flts {' '.join(kind[:4] for kind in verdict.KINDS)}")
    total: Counter[str] = Counter()
    messages = faults = 0
    for seed in range(arguments.seed, arguments.seed + arguments.rounds):
        found, wanted = await one(arguments, seed)
        total.update({kind: len(words) for kind, words in found.wrong.items()})
        messages, faults = messages + len(wanted.messages), faults + len(wanted.faults)
    print(f"{messages} messages, {faults} faults: " + ", ".join(f"{total[kind]} {kind}" for kind in verdict.KINDS))
    return 1 if total.total() else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--messages", type=int, default=50)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--keep", type=Path, default=None)
    sys.exit(asyncio.run(main(parser.parse_args())))
