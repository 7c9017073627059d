"""What people read of the slash commands while they choose one, in Discord and in /help; and of who may what. Pure."""

from collections.abc import Mapping

from antiphon.chat.render.text.escape import escaped
from antiphon.core.access import Action, Ground

_NAME = 60  # characters of a name

# The slash commands: what each does, and its parameters; at most 100 characters each (Discord's limit).
COMMANDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "stop": ("Stop Claude here; the session is kept", {}),
    "queue": ("Queue a message for when Claude is done", {"words": "What Claude should do then"}),
    "compact": (
        "Summarize the conversation to free up context",
        {"hint": "What the summary must keep"},
    ),
    "clear": ("Make Claude forget this conversation; the thread stays", {}),
    "skill": (
        "Run a skill or a custom command of this project",
        {"name": "Its name", "arguments": "What to give it"},
    ),
    "new": (
        "Start a session in a new thread",
        {"prompt": "What Claude should do first", "project": "A project other than this channel's"},
    ),
    "sessions": (
        "List sessions, including terminal ones",
        {"origin": "Where they started", "project": "A project other than this channel's", "since": "Used since"},
    ),
    "resume": (
        "Continue an earlier session, including terminal ones",
        {"session": "Which one? Type some of its words"},
    ),
    "sync": (
        "Bring sessions of this machine into threads of their own",
        {"days": "Used in the last so many days (7 unless you say)", "origin": "Where they started"},
    ),
    "resume-info": ("How to continue this session in a terminal", {}),
    "reset": (
        "Start fresh here, or in every thread of a channel",
        {"channel": "Every session of this channel, instead of the one here"},
    ),
    "fork": (
        "Branch this conversation into a new thread",
        {"prompt": "What Claude should do first there"},
    ),
    "rewind": (
        "Undo: go back to an earlier prompt",
        {"turn": "Which one? Type some of its words"},
    ),
    "model": (
        "Show or choose the model for this session",
        {"model": "An alias such as opus, a full name, or default"},
    ),
    "mode": ("Show or choose what Claude may do here without asking", {"mode": "What to ask about"}),
    "effort": (
        "Show or choose how hard Claude thinks in this session",
        {"effort": "From low to max; default leaves it to the model"},
    ),
    "schedule": (
        "Have Claude do something later, or again and again",
        {
            "when": "Such as: in 2h, tomorrow 9:00, daily 9:00, every 30m, or five fields of cron",
            "prompt": "What Claude should do",
            "name": "What to call it",
            "zone": "The time zone, such as Europe/Berlin (the machine's unless you say)",
            "show": "Where its runs are shown (a new thread each time unless you say)",
            "overlap": "If the previous run is still working (skipped unless you say)",
            "tools": "What Claude may do without asking, besides the project's: Bash(make test), Read",
            "budget": "Most dollars of a run, where the project allows no less",
            "minutes": "Minutes after which a run is stopped",
            "missed": "If Antiphon was not running (caught up once unless you say)",
            "mode": "What Claude may do without asking, in a new thread",
        },
    ),
    "schedules": ("What is scheduled in this project, with its next and last runs", {}),
    "rules": ("What Claude may do here without asking, and how to take it back", {}),
    "cost": ("What this thread, you, and everybody together have spent", {}),
    "budget": (
        "Show the budgets here; an admin can add dollars",
        {
            "scope": "Which budget to raise",
            "dollars": "How many dollars to add",
            "person": "Whose, if not yours (scope member)",
        },
    ),
    "antiphon": (
        "Leave this terminal session out of Discord, or show it again",
        {"show": "off: nothing more is shown here; on: from now on again"},
    ),
    "status": ("What Claude is doing, and this session's model, mode and cost", {}),
    "btw": (
        "Ask about this session while Claude works",
        {
            "question": "What you want to know; Claude answers from what it knows already",
            "where": "Who reads the answer: you alone, unless you say",
        },
    ),
    "invite": (
        "Let somebody ask Claude in this session only",
        {"person": "Whom", "answer": "Whether they may answer Claude's requests here too"},
    ),
    "uninvite": ("Take an invitation to this session back", {"person": "Whose"}),
    "project choose": (
        "Choose the project that your direct messages to the bot are about",
        {"project": "Its name; only in direct messages"},
    ),
    "project list": ("All projects, and where each is set", {}),
    "project add": ("Add a project: a directory of the machine, and channels", {}),
    "project change": ("Change the channels, people or model of a project that was added", {"project": "Which one"}),
    "project remove": ("Remove a project that was added; its sessions stay", {"project": "Which one"}),
    "whoami": ("What you may do here, and why", {}),
    "doctor": ("Look for what is wrong around the bridge, and the way out", {}),
    "audit": ("Who has decided what in this session", {}),
    "board": ("Who works here, who waits for whom, and what comes next", {}),
    "context": ("What fills Claude's context in this session", {}),
    "worktree": ("Where sessions work, and how to merge what they did", {}),
    "diff": ("What has changed in the project since the last commit", {}),
    "help": ("What you can do here", {}),
}
# What several commands below one name are about.
GROUPS: Mapping[str, str] = {"project": "Which projects there are, and the one that your direct messages are about"}
NAMES = frozenset(name.split()[0] for name in COMMANDS)
"""The names of all commands at Discord."""

# The form of a schedule, and what is said of it
SCHEDULE_FORM = "Schedule a prompt"
SCHEDULE_WHEN = "When"
SCHEDULE_WHEN_CHANGED = "When (leave empty to keep it)"
SCHEDULE_HOW = "in 2h · tomorrow 9:00 · daily 9:00 · every 30m · 0 9 * * 1-5"
SCHEDULE_PROMPT = "What Claude should do"
SCHEDULE_NAME = "Name"
SCHEDULE_ZONE = "Time zone"
SCHEDULE_PREVIEW = "Nothing runs yet. Press Start when this is right."
RUNS_NOW = "It runs now."
SCHEDULE_INCOMPLETE = "Give “when” and “prompt” as well, or leave these options out."

# The form of a project
PROJECT_ADD = "Add a project"
PROJECT_NAME = "Name"
PROJECT_DIRECTORY = "Directory on the machine that runs Claude"
FULL_PATH = "The full path, such as ~/code/web"
PROJECT_CHANNELS = "Channels in which people write"
PROJECT_PEOPLE = "People and roles who may use it"
NOBODY_NAMED = "With none, only the owner of the bot's application"
PROJECT_MODEL = "Model"
AS_USUAL = "Leave it empty for the usual one"
PROJECT_ADDED = "✅ **{name}** is a project now: write in one of its channels."
PROJECT_CHANGED = "✅ **{name}** is like this from now on."

# What somebody may do, and why; who has decided what
YOU_IN = "**You in {project}**"
MAY, MAY_NOT = "You may {right}: {why}", "You may not {right}: that is for {group}"
MAY_HERE = "You may {right} in this session, by {by}'s invitation"
FOR: Mapping[Action, str] = {
    "prompt": "the project's people",
    "answer": "the project's approvers",
    "stop": "the project's people and approvers",
    "configure": "the project's people",
    "administer": "the project's admins",
}
GROUNDS: Mapping[Ground, str] = {
    "owner": "you own the bot's application",
    "admins": "you are one of the project's admins",
    "people": "you are one of the project's people",
    "approvers": "you are one of the project's approvers",
    "guest": "you are invited",
}
STRANGERS: Mapping[str, str] = {
    "let_in": "let {name}'s message in",
    "always": "let {name} write here from now on",
    "declined": "did not let {name} in",
}
NOTHING_DECIDED = "Nobody has decided anything here yet."
WORKTREE_DEEDS: Mapping[str, str] = {
    "isolate": "gave it a working tree of its own",
    "share": "let it share the project's directory",
    "merge": "merged its work back",
    "publish": "opened a pull request",
    "remove": "removed its working tree",
}


def project_change(name: str) -> str:
    return f"Change {name}"


def talks_about(project: str) -> str:
    """Of direct messages."""
    return f"These direct messages are about **{escaped(project, _NAME)}** now. `/project choose` chooses another one."


def project_removed(name: str) -> str:
    return f"**{escaped(name, _NAME)}** is no project any more. `/project add` brings it back, with its sessions."
