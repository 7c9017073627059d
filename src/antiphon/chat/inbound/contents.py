"""What a message says, in the words that a reader of it would use: its text, and all that it says without text."""

from collections.abc import Iterable, Iterator, Mapping

import discord

from antiphon.chat.inbound import wording
from antiphon.chat.inbound.intake import Attachment
from antiphon.chat.render.format import counted

_POLL_RESULT = "poll_result"  # the type of the embed in Discord's own message about how a poll has ended


def files_in(message: discord.Message | discord.MessageSnapshot) -> tuple[Attachment, ...]:
    """What is attached to a message."""
    return tuple(Attachment(one.id, one.filename, one.size, one.url) for one in message.attachments)


def said(message: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    """What a message says without text, as words."""
    for sticker in message.stickers:
        yield wording.STICKER.format(name=sticker.name)
    if isinstance(message, discord.Message) and message.poll is not None:
        yield _poll(message.poll)


def _poll(poll: discord.Poll) -> str:
    """Its question and its answers, with the votes that Discord has told, once there are any."""
    votes = [one.vote_count for one in poll.answers]
    head = (wording.ENDED_POLL if poll.is_finalised() else wording.POLL).format(question=poll.question)
    answers = (
        wording.VOTES.format(answer=one.text, votes=counted(count, "vote")) if any(votes) else one.text
        for one, count in zip(poll.answers, votes, strict=True)
    )
    return "\n".join([head, *(f"- {answer}" for answer in answers)])


def text_of(message: discord.Message | discord.MessageSnapshot) -> str:
    """The text that a reader sees: content, texts of components (of a message without content), of embeds."""
    embeds = map(_embed, message.embeds)
    parts = (message.content, *_texts(message.components), *embeds, *said(message), _voice(message))
    return "\n".join(text for text in parts if text)


def _voice(message: discord.Message | discord.MessageSnapshot) -> str:
    if not message.flags.voice:
        return ""
    seconds = sum(one.duration or 0 for one in message.attachments)
    return wording.VOICE_MESSAGE.format(seconds=max(1, round(seconds)))


def _embed(embed: discord.Embed) -> str:
    """An embed line by line, as it reads from top to bottom."""
    if embed.type == _POLL_RESULT:
        return _poll_result({str(one.name): str(one.value) for one in embed.fields})
    lines = [
        _linked(embed.author.name, embed.author.url),
        _linked(embed.title, embed.url),
        embed.description,
        *(f"{field.name}: {field.value}" for field in embed.fields),
        _linked(wording.IMAGE, embed.image.url) if embed.image.url else None,
        embed.footer.text,
    ]
    return "\n".join(line for line in lines if line)


def _poll_result(about: Mapping[str, str]) -> str:
    """How a poll has ended (Discord's API documentation, Poll Result Embed Fields)."""
    question, winner = about.get("poll_question_text", ""), about.get("victor_answer_text")
    if winner is None:
        return wording.POLL_UNDECIDED.format(question=question)
    votes, total = about.get("victor_answer_votes", "0"), about.get("total_votes", "0")
    return wording.POLL_RESULT.format(question=question, winner=winner, votes=votes, total=total)


def _linked(text: str | None, url: str | None) -> str:
    return f"{text} ({url})" if text and url else text or url or ""


def _texts(components: Iterable[discord.Component]) -> Iterator[str]:
    """What is to be read in components; of buttons those that are links."""
    for one in components:
        match one:
            case discord.TextDisplay():
                yield one.content
            case discord.Button(url=str(url)):
                yield _linked(one.label, url)
            case discord.MediaGalleryComponent():
                yield from (_linked(item.description or wording.IMAGE, item.media.url) for item in one.items)
            case discord.SectionComponent():
                yield from _texts([*one.children, one.accessory])
            case discord.Container() | discord.ActionRow():
                yield from _texts(one.children)
            case _:
                pass
