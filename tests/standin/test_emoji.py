"""What counts as an emoji."""

import pytest

from antiphon.standin.discord.emoji import is_emoji, same_emoji

WRITTEN = (
    "👀 🧠 ⏸️ ⏸ ▶️ ⏹️ ✅ ❌ ❓ ⚠️ ℹ️ ™️ ❤️ 🛠️ ✍️ 👍🏽 👩‍💻 🏳️‍🌈 🇩🇪 1️⃣ #️⃣ ⏳ 💤 🟢 🫡 ⭐ ⚙️ 🖥️ "
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
)
EMOJI = WRITTEN.split()
OTHERS = ["", "a", "eyes", ":eyes:", "x:123", "→", "✓", "•", "■", "1", "é", "ß", "👀👀", "👀 ", "漢", "…", "🇩"]


@pytest.mark.parametrize("text", EMOJI)
def test_an_emoji_is_one(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", OTHERS)
def test_other_text_is_none(text: str) -> None:
    assert not is_emoji(text)


def test_the_variation_selector_makes_no_difference() -> None:
    assert same_emoji("⏸️") == same_emoji("⏸")
