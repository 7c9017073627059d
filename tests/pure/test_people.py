"""/whoami and /audit: why somebody may do something, and what was decided, in rows of any version."""

from dataclasses import replace

from antiphon.actions.inspect import WhoAmI
from antiphon.chat.interactions.people import audit_pages, deed, whoami
from antiphon.core.access import Grant, grant
from antiphon.core.records import Audit, AuditKind
from antiphon.core.values import Access, Group, Person, PersonId, RoleId

from fakes import PROJECT

ADA = Person(PersonId(1), "Ada", frozenset({RoleId(9)}))
ACCESS = Access(frozenset({PersonId(2)}), frozenset({RoleId(9)}), Group(people=frozenset({PersonId(3)})))


def row(kind: AuditKind, **what: object) -> Audit:
    return Audit(kind, None, PersonId(1), "Ada *", "button", what, 1000.0)


def test_each_right_is_told_with_its_reason() -> None:
    actions = ("prompt", "answer", "stop", "configure", "administer")
    text = whoami(WhoAmI(replace(PROJECT, access=ACCESS), {one: grant(ACCESS, ADA, one) for one in actions}))
    assert text.splitlines() == [
        "**You in playground**",
        "- You may ask Claude: you are one of the project's people, by <@&9>",
        "- You may not answer Claude's requests: that is for the project's approvers",
        "- You may stop Claude: you are one of the project's people, by <@&9>",
        "- You may change sessions: you are one of the project's people, by <@&9>",
        "- You may not raise budgets: that is for the project's admins",
    ]
    nobody = Person(PersonId(4), "Mallory")
    nothing = WhoAmI(PROJECT, {one: grant(ACCESS, nobody, one) for one in actions})
    assert "You may not use Claude here" in whoami(nothing)


def test_the_owner_and_admins_may_everything_and_a_name_counts_before_a_role() -> None:
    assert grant(ACCESS, replace(ADA, owns_application=True), "administer") == Grant("owner")
    admins = replace(ACCESS, admins=Group(roles=frozenset({RoleId(9)})))
    assert grant(admins, ADA, "answer") == Grant("admins", RoleId(9))
    assert grant(ACCESS, replace(ADA, id=PersonId(2)), "prompt") == Grant("people")
    assert grant(ACCESS, replace(ADA, id=PersonId(3), roles=frozenset()), "stop") == Grant("approvers")


def test_what_was_decided_reads_as_a_sentence() -> None:
    said = {
        "allowed Bash `ls`": row("answer", tool="Bash", about="ls", allowed=True),
        "denied Bash `ls`: “no\\*”": row("answer", tool="Bash", about="ls", allowed=False, words="no*"),
        "allowed Bash, and always `Bash(ls)`": row("answer", tool="Bash", allowed=True, rule="Bash(ls)"),
        "answered “Blue”": row("answer", tool="AskUserQuestion", allowed=True, question=0, words="Blue"),
        "stopped it": row("stop"),
        "took 2 prompts out of the queue": row("stop", **{"taken out of the line": ["a", "b"]}),
        "set model to `opus`": row("choose", model="opus"),
        "set mode to `default`": row("choose", mode=None),
        "raised the budget by $2.00": row("raise", dollars=2),
        "let it write `a.py`": row("claim", **{"let write": "/site/a.py"}),
        "released `deploy`": row("claim", released=["deploy"]),
        "merged its work back": row("change", worktree="merge"),
        "allowed `Bash(ls)` from now on": row("rules", added="Bash(ls)"),
        "took back `Bash(ls)`": row("rules", removed="Bash(ls)"),
        "changed a schedule “nightly”": row("schedule", name="nightly"),
    }
    assert {deed(one): one for one in said.values()} == said


def test_rows_of_any_version_are_read_and_pages_fit() -> None:
    kinds = AuditKind.__args__
    assert all(deed(row(kind)) for kind in kinds)
    odd = [row(kind, **{name: value}) for kind in kinds for name in ("rule", "released") for value in (None, 3, [], {})]
    assert all(deed(one) for one in odd)
    pages = audit_pages([row("answer", tool="Bash", about="x" * 500, allowed=True)] * 40)
    assert len(pages) > 1
    assert all(len(page) <= 2000 for page in pages)
    assert "**Ada \\***" in pages[0]
    assert audit_pages([]) == ["Nobody has decided anything here yet."]
