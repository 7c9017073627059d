"""Projects that were added: each version is kept once, and whoever is late changes nothing."""

from dataclasses import replace

from antiphon.core.projects import AddedProject
from antiphon.store import Store

WEB = AddedProject("web", {"directory": "/code/größe", "channels": [2]}, 1, "ada")


async def test_the_first_of_two_adds_it(store: Store) -> None:
    assert await store.put_project(WEB)
    assert not await store.put_project(replace(WEB, by="ben"))
    assert await store.added_projects() == [WEB]


async def test_only_who_has_seen_the_last_version_changes_it(store: Store) -> None:
    await store.put_project(WEB)
    second = replace(WEB, version=2, by="ben", settings={"channels": [3]})
    assert await store.put_project(second)
    assert not await store.put_project(replace(second, by="ada"))
    assert not await store.put_project(replace(WEB, name="other", version=2))
    assert await store.added_projects() == [second]


async def test_one_that_is_dropped_can_be_added_again(store: Store) -> None:
    await store.put_project(WEB)
    assert await store.drop_project("web")
    assert not await store.drop_project("web")
    assert await store.put_project(WEB)
