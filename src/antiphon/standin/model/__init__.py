"""A scripted Messages API: the real Claude Code CLI talks to it as to the real one.

It promises answers that are valid and the same every time, chosen by trigger lines in the person's prompt
(`scripts`), and it knows nothing of Antiphon.
"""

from antiphon.standin.model.scene import Script
from antiphon.standin.model.scripts import SCRIPTS
from antiphon.standin.model.server import Pace, ScriptedModel, Seen
from antiphon.standin.model.texts import count_text, long_text, stream_text

__all__ = ["SCRIPTS", "Pace", "Script", "ScriptedModel", "Seen", "count_text", "long_text", "stream_text"]
