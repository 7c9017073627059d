"""Four sessions at once edit the same repository, one of them in a terminal: in working trees all of it is merged back,
in one directory nothing is written over unseen; the bridge is killed in between."""

import json

import pytest

from acceptance.test_edits_that_are_held import edit, held, read, turn
from acceptance.test_sessions_at_once import commits, git, pressed, trees, worktree
from terminals import attached, done, needs_tmux, terminal, typed

from chain import Chain

TYPED = """bash: python3 -c "open('typed.txt', 'w').write('typed')\""""

pytestmark = [needs_tmux, pytest.mark.slow, pytest.mark.timeout(180)]


async def test_in_working_trees_all_of_it_is_merged_back(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    async with terminal(chain) as claude:
        await claude.run()
        await done(chain, await typed(chain, claude, TYPED))
        places = [await chain.ask(commits(f"part{n}.txt", f"{n}")) for n in range(3)]  # at once
        for place in places[:1]:
            await chain.ended(place)
        await chain.restart()
        for place in places:
            await chain.ended(place)
        for n, place in enumerate(places):  # a kill may have cut one off: it is asked for again
            if not any(git(one, "log", "--oneline", "--", f"part{n}.txt") for one in trees(chain)):
                await turn(chain, commits(f"part{n}.txt", f"{n}"), place, 2)
        assert len(trees(chain)) == 3  # the terminal has the directory
        assert git(chain.project, "status", "--porcelain") == "?? typed.txt"
        for place in places:
            await pressed(chain, await worktree(chain, place), "Merge back", "Merged 1 commit into")
    assert sorted(one.name for one in chain.project.glob("part*")) == ["part0.txt", "part1.txt", "part2.txt"]
    assert (chain.project / "typed.txt").read_text() == "typed"


async def test_in_one_directory_nothing_is_written_over_unseen(unstarted: Chain) -> None:
    chain = unstarted
    path = chain.project / "shared.txt"
    path.write_text("one\ntwo\nthree\n")
    await attached(chain, isolation="shared")
    async with terminal(chain) as claude:
        await claude.run()
        there = await typed(chain, claude, TYPED)
        await done(chain, there)
        first = await turn(chain, read(path))
        second = await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
        await chain.restart()
        await turn(chain, edit(path, "one", "ONE"), first, 2)  # it has read it before
        await held(chain, first)
        assert path.read_text() == "one\nTWO\nthree\n"
        claim = json.dumps({"files": ["shared.txt"], "note": "by hand"})
        await chain.ask(f"call mcp__plugin_antiphon_antiphon__claim {claim}", there)
        await done(chain, there, 2)
        third = await turn(chain, f"{read(path)}\n{edit(path, 'three', 'THREE')}")
        assert "by hand" in str((await held(chain, third))["content"])
        assert path.read_text() == "one\nTWO\nthree\n"
        await turn(chain, "bash: echo over > shared.txt", second, 2)
        await chain.shown(second, "A command wrote shared.txt, which")


async def test_a_terminals_edit_is_held_too(unstarted: Chain) -> None:
    chain = unstarted
    path = chain.project / "shared.txt"
    path.write_text("one\ntwo\nthree\n")
    await attached(chain, isolation="shared")
    async with terminal(chain) as claude:
        await claude.run()
        there = await typed(chain, claude, read(path))
        await done(chain, there)
        await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
        await chain.ask(edit(path, "one", "ONE"), there)
        await done(chain, there, 2)
        await held(chain, there)
        assert path.read_text() == "one\nTWO\nthree\n"
