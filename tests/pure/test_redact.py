"""Secrets are taken out; ordinary words, hashes and code are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.chat.render.text.redact import redact

from growth import takes_linear_time

# Joined here, so that no scanner takes them for real ones.
DISCORD = ".".join(["MTA4" + "x" * 22, "GabcDE", "Y1" * 19])
SECRETS = [
    ("sk-ant-" + "api03-abcdefgh_1234", "sk-ant-[redacted]"),
    ("sk-proj-" + "a1" * 12, "sk-proj-[redacted]"),
    ("ghp_" + "a1" * 18, "ghp_[redacted]"),
    ("github_pat_" + "a1" * 20, "github_pat_[redacted]"),
    ("AKIA" + "ABCD1234EFGH5678", "AKIA[redacted]"),
    ("xoxb-" + "123-456-abcdef", "xoxb-[redacted]"),
    (f"Bot login with {DISCORD} worked", f"Bot login with {DISCORD[:26]}[redacted] worked"),
    (
        f"https://discord.com/api/webhooks/{'1' * 18}/{'a' * 60}",
        f"https://discord.com/api/webhooks/{'1' * 18}/[redacted]",
    ),
    ("eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeK", "eyJ[redacted]"),
    ('curl -H "Authorization: Bearer abc123def456"', 'curl -H "Authorization: Bearer [redacted]"'),
    ("Authorization: Basic YWRhOnNlY3JldA==", "Authorization: Basic [redacted]"),
    ("bearer AbCdEfGhIjKlMnOpQrSt.123", "bearer [redacted]"),
    ("Set-Cookie: session=0123456789", "Set-Cookie: [redacted]"),
    ("postgres://ada:hunter2@db:5432/x", "postgres://ada:[redacted]@db:5432/x"),
    ("export PASSWORD=hunter2 && make", "export PASSWORD=[redacted] && make"),
    ('MY_API_KEY="a b c"; ls', 'MY_API_KEY="[redacted]"; ls'),
    ("AWS_SECRET_ACCESS_KEY='x/y+z'", "AWS_SECRET_ACCESS_KEY='[redacted]'"),
    ("DISCORD_TOKEN=abc", "DISCORD_TOKEN=[redacted]"),
    ('PASSWORD="cut off', 'PASSWORD="[redacted]'),
    ('{"api_key": "abcdef99"}', '{"api_key": "[redacted]"}'),
    ('"{\\"password\\": \\"hunter22\\"}"', '"{\\"password\\": \\"[redacted]\\"}"'),
    ("password: hunter2hunter2", "password: [redacted]"),
    ("client-secret=0a1b2c3d4e", "client-secret=[redacted]"),
    (
        "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nx==\n-----END RSA PRIVATE KEY-----\nb",
        "a\n-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----\nb",
    ),
    ("-----BEGIN PRIVATE KEY-----\ncut o", "-----BEGIN PRIVATE KEY-----[redacted]"),
]
HARMLESS = [
    "The password is checked in auth.py; the secret of good tokens: keep them short.",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "MAX_TOKENS=4096 python -m antiphon",
    "TOKEN=$(cat token.txt) PASSWORD=${PASSWORD} SECRET=$SECRET make",
    "def login(password: str, token: Token | None) -> None:",
    "token = tokens[0]; secret = get_secret(name)",
    "password=args.password1, api_key=settings.key",
    "a bearer of bad news, and a bearer characteristically late",
    "Authorization: Basic authentication is used",
    "risk-anticipated sk-learn task-force ask-me-anything-whenever-you-want-to",
    "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
    "https://example.org:8080/path?tokenize=no",
    "src/antiphon/chat/render/text/redact.py:12: error: x",
    "base64: TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsu",
]
PARTS = [
    "sk-ant-",
    "ghp_",
    "AKIA",
    "xoxb-",
    "TOKEN=",
    "PASSWORD",
    "api_key: ",
    '"',
    "'",
    "\\",
    "=",
    ":",
    " ",
    "\n",
    "$",
]
PARTS += [
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "-----END ",
    "Bearer ",
    "Authorization: ",
    "eyJ",
    ".",
    "://",
    "@",
    "Cookie: ",
]
PARTS += ["abc123def456ghi789", "A" * 16, "[redacted]", "x", "0"]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_a_known_secret_is_taken_out_and_what_it_was_is_kept(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(f"before {text} after").startswith("before ")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert redact(text) == text


@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize("part", PARTS + [part + "A1" for part in PARTS])
def test_the_time_grows_as_the_text_does(part: str) -> None:
    assert takes_linear_time(lambda size: redact(part * (size // len(part))), 80_000)
