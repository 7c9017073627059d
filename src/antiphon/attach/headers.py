"""The HTTP headers that hooks and shells send to the endpoint."""

SECRET, SESSION = "X-Antiphon-Secret", "X-Antiphon-Session"
# What a hook sends along of Claude Code's own environment: header by variable.
VARIABLES = {"ANTIPHON": "X-Antiphon-Switch", "TMUX_PANE": "X-Tmux-Pane", "TERM_PROGRAM": "X-Term-Program"}
HOSTED = ("ANTIPHON_PROCESS", "X-Antiphon-Hosted")  # of sessions that a bridge has started itself
