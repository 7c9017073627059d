"""What a look at the bridge's surroundings has found: values that set-up, doctor, `/doctor` and a start share."""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["well", "note", "warning", "failure"]
"""How bad it is. "note": nothing is wrong, but good to know; "warning": a feature is missing, or will be; "failure":
the bridge does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: what was looked at, for programs ("discord.token"); `text`: one line for people; `way_out`: what to do,
    where something is wrong."""

    check: str
    grade: Grade
    text: str
    way_out: str = ""
