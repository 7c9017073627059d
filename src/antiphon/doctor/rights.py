"""What somebody may do in a channel, from roles and the channel's own permissions: pure (Discord's API documentation,
topics/permissions)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

ADMINISTRATOR = 1 << 3
ALL = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies a role or a member (`id`)."""

    id: int
    allow: int
    deny: int


def channel_rights(
    given: Mapping[int, int],
    mine: Collection[int],
    ids: tuple[int, int],
    overwrites: Iterable[Overwrite],
    *,
    owns: bool,
) -> int:
    """`given`: by role, the bits that it has in the whole server; `mine`: somebody's roles; `ids`: of the server, whose
    role all have, and theirs; `owns`: the server is theirs."""
    guild, me = ids
    bits = given.get(guild, 0)
    for role in mine:
        bits |= given.get(role, 0)
    if owns or bits & ADMINISTRATOR:
        return ALL
    by_id = {one.id: one for one in overwrites}
    if (everyone := by_id.get(guild)) is not None:
        bits = bits & ~everyone.deny | everyone.allow
    of_roles = [by_id[role] for role in mine if role in by_id and role != guild]
    denied, allowed = _all(one.deny for one in of_roles), _all(one.allow for one in of_roles)
    bits = bits & ~denied | allowed
    if (own := by_id.get(me)) is not None:
        bits = bits & ~own.deny | own.allow
    return bits


def _all(bits: Iterable[int]) -> int:
    found = 0
    for one in bits:
        found |= one
    return found
