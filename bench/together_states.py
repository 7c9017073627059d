"""Further states of `make screenshots`: sessions at once."""

from collections.abc import AsyncGenerator, Callable, Mapping

from bench.states import LIMIT, Stage, State

WHO = "git -c user.name=Ada -c user.email=ada@example.invalid"
FREE = {"permission_mode": "acceptEdits", "allowed_tools": ["Bash", "Read", "Edit", "Write"]}
WORKS = f"bash: echo 'MIT' > LICENSE && git add LICENSE && {WHO} commit -qm 'Add a licence' && echo draft > NOTES.md"
CLAIM = 'call mcp__antiphon__claim {"files": ["hello.py"], "note": "a rewrite"}'


async def at_once(stage: Stage, isolation: str) -> str:
    """Two sessions, one after the other: the place of the second."""
    await stage.restart(project={**FREE, "isolation": isolation})
    await stage.ask("Make the greeting friendlier")
    await stage.shows("Done")
    place = await stage.ask("Add a licence")
    await stage.shows("Done")
    await then(stage, place, WORKS)
    return place


async def then(stage: Stage, place: str, text: str) -> None:
    """One more turn in a place: the thread is named after what was asked first."""
    await stage.ada.say(place, text)
    for page in stage.pages.values():
        await stage.articles(page).filter(has_text="Done in").nth(1).wait_for(timeout=LIMIT * 1000)


async def worktree_started(stage: Stage) -> State:
    await at_once(stage, "worktree")
    await stage.shows("its own working tree")
    yield
    await stage.restart()


async def worktree_page(stage: Stage) -> State:
    await at_once(stage, "worktree")
    await stage.type("/worktree")
    await stage.shows("Have Claude commit")
    yield
    await stage.restart()


async def worktree_loss(stage: Stage) -> State:
    place = await at_once(stage, "worktree")
    await stage.type("/worktree")
    await stage.shows("Have Claude commit")
    await stage.press(place, "Remove")
    await stage.shows("would be lost")
    yield
    await stage.restart()


async def edit_held(stage: Stage) -> State:
    await stage.restart(project=FREE)
    place = await stage.ask("Rewrite the greeting")
    await stage.shows("Done")
    await then(stage, place, CLAIM)
    await stage.ask("edit hello.py")
    await stage.shows("Not written")
    await stage.shows("Done")
    yield
    await stage.restart()


TOGETHER_STATES: Mapping[str, Callable[[Stage], AsyncGenerator[None]]] = {
    "worktree-started": worktree_started,
    "worktree-page": worktree_page,
    "worktree-loss": worktree_loss,
    "edit-held": edit_held,
}
