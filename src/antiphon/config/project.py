"""The sections of a project."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from antiphon.config import patterns
from antiphon.config.base import SNOWFLAKE, Dollars, Mode, Seconds, Section, existing_directory, resolved
from antiphon.core import values
from antiphon.core.coordination.worktrees import Base, Isolation, Merge

People = frozenset[Annotated[values.PersonId, SNOWFLAKE]]
Roles = frozenset[Annotated[values.RoleId, SNOWFLAKE]]
Channels = frozenset[Annotated[values.PlaceId, SNOWFLAKE]]
CoAuthors = dict[
    Annotated[str, Field(pattern=patterns.PERSON)],
    Annotated[str, Field(max_length=200, pattern=patterns.GIT_IDENTITY)],
]


class GroupSection(Section):
    """People, named or by their roles"""

    people: People = frozenset()
    """Ids of people."""
    roles: Roles = frozenset()
    """Ids of roles."""


class BudgetSection(Section):
    """[projects.NAME.budgets]: most dollars; absent: no limit"""

    turn: Dollars | None = None
    """For one turn."""
    thread: Dollars | None = None
    """For one thread."""
    member: Dollars | None = None
    """For one person in a day."""
    day: Dollars | None = None
    """For the project in a day."""


class WorktreesSection(Section):
    """[projects.NAME.worktrees]: where a project's sessions work at once, and how what they did comes together"""

    base: Base = "head"
    """What a working tree begins with: the directory's commit, or the remote's default branch."""
    merge: Merge = "merge"
    """How Merge back does it."""
    directory: Path | None = None
    """Where they lie; absent: .claude/worktrees in the project."""
    prefix: Annotated[str, Field(max_length=40, pattern=patterns.BRANCH_PREFIX)] = "antiphon/"
    """With what their branches begin."""

    @field_validator("directory")
    @classmethod
    def _absolute(cls, directory: Path | None) -> Path | None:
        return None if directory is None else Path(os.path.abspath(os.path.expanduser(directory)))


class ProjectSection(Section):
    """[projects.NAME]: a directory and the channels in which it is worked on"""

    directory: Path
    """Where Claude works."""
    channels: Channels
    """Ids of the channels in which people write."""
    people: People = frozenset()
    """Ids of those who may use it; with neither people nor roles: the application's owner."""
    roles: Roles = frozenset()
    """Ids of roles whose members may use it."""
    mention_required: bool = False
    """Whether only messages that mention the bot open a session."""
    model: str | None = None
    """The model; absent: that of [claude]."""
    permission_mode: Mode | None = None
    """What Claude may do without asking; absent: that of [claude]."""
    allowed_tools: tuple[str, ...] | None = None
    """What runs without asking, in Claude Code's syntax; absent: that of [claude]."""
    append_prompt: str | None = None
    """What is added to Claude Code's own system prompt."""
    max_turns: int | None = Field(default=None, ge=1, le=10_000)
    """Most model requests in one turn; then it ends as "limit reached"."""
    send_from: tuple[Path, ...] = ()
    """Directories, besides the project's, from which Claude may send files."""
    allow_bypass: bool = False
    """Whether people may switch a session to bypassPermissions."""
    dangerous: tuple[str, ...] = ()
    """What two different people have to allow: rules such as "Bash(git push *)"."""
    while_working: values.WhileWorking = "steer"
    """What becomes of a message while Claude works: it is read after the current step, waits, or interrupts."""
    after_restart: values.AfterRestart = "ask"
    """Whether a turn that was cut off with the bridge goes on by a button, or by itself."""
    after_limit: values.AfterLimit = "ask"
    """The same for a turn that a usage limit has ended, once it is reset."""
    thread_isolation: bool = True
    """Whether each message of a channel opens a thread; else all go to one session."""
    share: Literal["channel", "person"] = "channel"
    """Whose that one session is: everybody's in the channel, or each person has one."""
    side_talk: values.SideTalk = "prompt"
    """A message that is plainly for another person: Claude answers it, or is told of it later ("context")."""
    guests: values.Strangers = "offer"
    """A message in a session by who may not prompt: it is offered to those who may, or ignored."""
    isolation: Isolation = "worktree"
    """Whether a second session at once gets a working tree of its own; "shared": edits are held where they clash."""
    worktrees: WorktreesSection = WorktreesSection()
    """The working trees of its sessions."""
    approvers: GroupSection | None = None
    """Who may answer Claude's requests; absent: people and roles."""
    admins: GroupSection = GroupSection()
    """Who may do everything in the project, and raise a budget."""
    mentionable: GroupSection = GroupSection()
    """Whom messages may call that Claude sends by itself; absent: nobody."""
    co_authors: CoAuthors = Field(default={})
    """Who is named in Claude's commits when they had a say in the session: 42 = "Ada Lovelace <ada@example.org>"."""
    budgets: BudgetSection = BudgetSection()
    """Most dollars."""
    session_key: frozenset[values.TokenScope] = frozenset()
    """What scripts may do by the API that Claude runs in its sessions; absent: they have no key."""
    progress: values.ProgressStyle | None = Field(default=None, alias="progress_style")
    """How turns look; absent: as [display] says."""
    thinking: values.ThinkingStyle | None = None
    """Whether Claude's thoughts are shown; absent: as [display] says."""
    ping: values.Pinged | None = None
    """Who is called; absent: as [display] says."""
    short_turn: Annotated[float, Field(ge=0, le=86400)] | None = None
    """Seconds; a shorter turn calls nobody while its asker is still there; absent: as [display] says."""
    remind_after: Seconds | None = None
    """Seconds until an unanswered request calls once more; absent: as [display] says."""

    @field_validator("channels")
    @classmethod
    def _at_least_one(cls, channels: Channels) -> Channels:
        if not channels:
            raise ValueError("name at least one channel")
        return channels

    @field_validator("directory")
    @classmethod
    def _exists(cls, directory: Path) -> Path:
        return existing_directory(directory)

    @field_validator("send_from")
    @classmethod
    def _resolved(cls, directories: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(resolved(one) for one in directories)
