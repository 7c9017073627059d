"""Discord's markup becomes the words that a reader sees."""

import time

import pytest

from antiphon.chat.inbound.markup import Names, mentioned, plain

NAMES = Names({1: "Ada", 9: "left\u202eright\n"}, {3: "ops"}, {2: "general"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ask <@1> or <@!1>", "ask @Ada or @Ada"),
        ("see <#2>", "see #general"),
        ("for <@&3>", "for @ops"),
        ("<:x:4> <a:party_2:5>", ":x: :party_2:"),
        ("<t:5>", "1970-01-01 00:00 UTC"),
        ("<t:86400:d> <t:86400:R>", "1970-01-02 1970-01-02 00:00 UTC"),
        ("</new:77> </budget raise:77>", "/new /budget raise"),
        ("<id:browse>", "Browse Channels"),
        ("<@8> <@&8> <#8>", "@unknown-user @deleted-role #unknown"),
        ("<@9>!", "@leftright!"),
    ],
)
def test_markup_becomes_words(text: str, words: str) -> None:
    assert plain(text, NAMES) == words


@pytest.mark.parametrize(
    "text",
    [
        "a `<@1>` b",
        "``<#2> ` <#2>``",
        "```py\nprint('<:x:4>')\n```",
        r"\<@1>",
        "<@> <#> <@&x> <t:> <t:x> <:x:> <http://127.0.0.1/> a < b > c",
        "<t:99999999999999999>",
        "<t:-99999999999999999>",
        "<id:unheard-of>",
    ],
)
def test_what_is_no_markup_or_stands_in_code_stays_as_it_is(text: str) -> None:
    assert plain(text, NAMES) == text


def test_a_lone_backtick_hides_nothing() -> None:
    assert plain("it`s <@1>", NAMES) == "it`s @Ada"


def test_what_is_mentioned_is_found_by_its_kind() -> None:
    texts = ["<#2> <#4> `<#5>`", "<@7> <#6> <@&3>"]
    assert mentioned(texts, "channel") == {2, 4, 6}
    assert mentioned(texts, "role") == {3}


@pytest.mark.parametrize("text", ["`" * 4000, "".join("`" * n + " " for n in range(88)), "<@" * 2000, "<:x" * 1300])
def test_no_text_takes_long(text: str) -> None:
    begun = time.process_time()
    plain(text, NAMES)
    assert time.process_time() - begun < 0.5
