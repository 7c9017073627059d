"""What people read of sessions at once: their working trees, the board, the coordination channel."""

from collections.abc import Mapping

from antiphon.actions.coordination.board import State

# Working trees of sessions
TREES = "**Working trees in {project}**"
NO_TREES = (
    "No session of {project} has a working tree of its own. The next one that starts while another works in the "
    "project's directory gets one."
)
TREE_HERE = "This session works in its own: "
NOT_SETTLED = "Where this session works is settled when it starts."
SHARES = "This session works in the project's directory."
CHOOSE_TREE = "Choose one to merge back or remove"
MORE_TREES = "-# and {count} more"
TO_MERGE = "{commits} to merge into {target}"
NOT_COMMITTED = "{files} not committed"
ALL_MERGED = "nothing to merge"
TREE_GONE = "its directory is gone"
TREE_UNREADABLE = "git cannot read it"
MERGE_BACK, COMMIT_FIRST, PULL_REQUEST = "Merge back", "Have Claude commit", "Open a pull request"
ISOLATE, ALL_TREES, REMOVE_TREE, LOSE_TREE = "Use its own working tree", "All", "Remove", "Remove all the same"
SHARE = "Use the project's directory"
WOULD_BE_LOST = "**This would be lost with {tree}:**"
LOST_FILES = "{files} not committed: {names}"
LOST_COMMITS = "{commits} that {target} does not have:"
LOST_COMMIT = "-# Its commits can be found again for some weeks: `git branch NAME {head}`"

# The board
BOARD_TITLE = "📋 **{project}**"  # by its beginning the board's message is found again
BOARD_STATES: Mapping[State, str] = {"waiting": "waiting for somebody", "working": "working", "queued": "queued"}
BOARD_TODAY = "{cost} today"
BOARD_MORE = "-# and {sessions} more that {are} idle"
BOARD_EMPTY = "No session has been used in the last hours."
BOARD_NEXT = "⏰ {name} · {at}"
BOARD_WAITS = "waits for {who}"
BOARD_QUEUED = "{prompts} queued"
ANSWER = "Answer"
NOTHING_TO_ANSWER = "Nothing in {where} waits for an answer (any more)."
ANSWERED = "Answered in {where}."
MORE_TO_ANSWER = "It may wait for more."
UNPINNED = "-# Not pinned: allow Antiphon *Pin Messages* in this channel."
MORE_THERE = "-# More can be done about it in {where}."
REQUEST_IN = "-# In {where}"

# The coordination channel
LINE_STARTED = "▶️ {where} · working"
LINE_BY = " for {who}"
LINE_WAITS = "✋ {where} · waits for {who}"
LINE_CLAIMED = "🔒 {where} claimed {resource} until {until}"
LINE_RELEASED = "🔓 {where} released {resource}"
LINE_HELD = "🚧 {where} · {text}"
LINE_LET = " It may write it now."
LINE_SAID = "📣 {where} · {text}"
