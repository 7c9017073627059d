"""A Discord that has one of everything. What its page can be brought to is in states.py."""

from dataclasses import dataclass

from pictures import png
from playwright.async_api import Locator, Page, ViewportSize, expect
from scene import DESKTOP, PHONE, Json, Scene

EPHEMERAL, SILENT, V2 = 1 << 6, 1 << 12, 1 << 15
MARKDOWN = """# A heading
## A smaller one
### The smallest
**bold** *italic* __under__ ~~gone~~ `code` [label](https://example.com/a) https://example.com/b
-# small words, `small code`, <t:1:R>, [a link](https://example.com/c)
- one
  - inside
1. first
2. second
> quoted, with `code`
so: ||the **butler**|| 🚀 <@{ada}> <@{ben}> <@&{role}> <#{channel}> @everyone </status:1>
<t:1767225600:R> <t:1767225600:F> <t:1767225600:t>"""
PYTHON = '''```py
import re  # a comment
@cache
class Thing(Base):
    """Words."""
    def total(self, n: int = 1) -> float:
        return f"{n}" + str(None) + 3.5
```'''
BASH = "```bash\n# a comment\nfor f in *.txt; do echo \"$f $HOME\" | sed 's/a/b/' > out; done\n```"
DIFF = "```diff\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n```"
TOML = '```toml\n[section]\nkey = "text"\ncount = 3  # why\n```\n```json\n{"a": [1, true, null]}\n```'
TABLE = "```\nservice | owner    | open\n------- | -------- | ----\nmail    | platform |    2\n```"


def button(custom_id: str, style: int = 2, **more: object) -> Json:
    return {"type": 2, "style": style, "custom_id": custom_id, "label": custom_id, **more}


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def options(count: int) -> list[Json]:
    return [{"label": f"Option {n}", "value": str(n), "description": f"number {n}"} for n in range(count)]


@dataclass
class Showcase:
    """A scene that is full, and where things are in it."""

    scene: Scene
    thread: Json
    channels: dict[str, str]  # name -> id
    phone: bool

    @property
    def page(self) -> Page:
        return self.scene.page

    @property
    def _size(self) -> ViewportSize:
        return PHONE if self.phone else DESKTOP

    async def go(self, channel: str) -> None:
        """The page anew, at a channel."""
        await self.page.goto("about:blank")
        await self.page.set_viewport_size(self._size)
        await self.page.goto(f"{self.scene.url}#{channel}")
        await self.page.locator(".header-title h1").wait_for()

    async def unroll(self) -> None:
        """All of the open place at once: of what is scrolled away axe judges no colours."""
        await self.page.set_viewport_size({"width": self._size["width"], "height": 6000})

    async def message(self, text: str) -> Locator:
        found = self.scene.message(text).first
        await found.scroll_into_view_if_needed()
        return found

    async def see(self, text: str) -> Locator:
        """The full thread, at a message."""
        await self.go(self.thread["id"])
        await expect(self.scene.message("the last one")).to_be_visible()
        return await self.message(text)

    async def menu(self, text: str) -> None:
        """A message's menu: by right click, on a phone by a long press."""
        found = await self.see(text)
        if self.phone:
            press = {"pointerType": "touch", "clientX": 100, "clientY": 300, "bubbles": True}
            await found.locator(".md").first.dispatch_event("pointerdown", press)
        else:
            await found.locator(".body").click(button="right", position={"x": 5, "y": 5})
        await expect(self.page.get_by_role("menu", name="Message actions")).to_be_visible()


async def fill(scene: Scene, *, phone: bool) -> Showcase:
    """One of everything."""
    bot, ben, guild = scene.bot, scene.ben, scene.about["guild_id"]
    channels = {"quiet": 0, "help": 15, "ideas": 15}
    made = {
        name: (await bot.request("POST", f"/guilds/{guild}/channels", {"name": name, "type": kind}))["id"]
        for name, kind in channels.items()
    }
    await _forum(scene, made["help"])
    asked = await ben.say(scene.general, "a task, please")
    thread = await bot.request(
        "POST", f"/channels/{scene.general}/messages/{asked['id']}/threads", {"name": "the work"}
    )
    found = Showcase(scene, thread, made, phone)
    await _words(found, asked)
    await _things(found)
    await _controls(found)
    old = await bot.request("POST", f"/channels/{scene.general}/threads", {"name": "put away", "type": 11})
    await bot.say(old["id"], "old words")
    await bot.request("PATCH", f"/channels/{old['id']}", {"archived": True, "locked": True})
    made["archived"] = old["id"]
    await ben.say(thread["id"], "the last one")
    await _commands(scene)
    return found


async def _forum(scene: Scene, forum: str) -> None:
    tag = (await scene.bot.request("PATCH", f"/channels/{forum}", {"available_tags": [{"name": "bug"}]}))[
        "available_tags"
    ][0]["id"]
    for n in range(3):
        body = {"name": f"Question {n}", "message": {"content": "please"}, "applied_tags": [tag]}
        await scene.bot.request("POST", f"/channels/{forum}/threads", body)


async def _words(show: Showcase, asked: Json) -> None:
    """Messages of text, and what Discord says itself."""
    scene, bot, ben, place = show.scene, show.scene.bot, show.scene.ben, show.thread["id"]
    people = {"ada": scene.ada, "ben": scene.about["people"][1]["id"], "channel": scene.random}
    roles = await bot.request("GET", f"/guilds/{scene.about['guild_id']}/roles")
    role = next(one["id"] for one in roles if one["name"] == "builders")
    first = await bot.say(place, MARKDOWN.format(**people, role=role))
    for text in (PYTHON, BASH, DIFF, TOML, TABLE):
        await bot.say(place, text)
    await bot.say(place, "🚀🎉")
    edited = await bot.say(place, "before")
    await bot.edit(edited, content="edited words")
    await bot.say(place, "a silent one", flags=SILENT)
    await bot.say(place, f"a ping for <@{scene.ada}>")
    gone = await ben.say(place, "soon gone")
    await bot.say(place, "an answer", message_reference={"message_id": first["id"]})
    await ben.say(place, "an answer to what is gone", reply_to=gone)
    await ben.delete(gone)
    await ben.forward(asked, place)
    await bot.request("PUT", f"/channels/{place}/messages/pins/{first['id']}")
    await bot.request("PATCH", f"/channels/{place}", {"name": "the whole work"})
    liked = await bot.say(place, "likeable")
    for emoji in "👍👀✅":
        await ben.react(liked, emoji)
    await bot.request("PUT", f"/channels/{place}/messages/{liked['id']}/reactions/👍/@me")


async def _things(show: Showcase) -> None:
    """Files and embeds."""
    bot, place = show.scene.bot, show.thread["id"]
    field = {"name": "Field", "value": "a `value`", "inline": True}
    whole = {
        "title": "Report",
        "url": "https://example.com/",
        "description": "**all** well, [see](https://example.com/d)",
        "color": 0x57F287,
        "fields": [field, field, field, {**field, "inline": False}],
        "footer": {"text": "the end"},
        "author": {"name": "Who", "url": "https://example.com/who"},
        "timestamp": "2026-01-01T00:00:00Z",
        "image": {"url": "attachment://in.png"},
        "thumbnail": {"url": "https://elsewhere.example/a.png"},
    }
    await bot.say(place, "an embed", embeds=[whole, {"description": "bare"}], files=[("in.png", png(200, 80))])
    await bot.say(place, "pictures", files=[("one.png", png(300, 90)), ("SPOILER_two.png", png(90, 300))])
    await bot.say(place, "files", files=[("answer.py", b"def answer() -> int:\n    return 42\n"), ("data.bin", b"\0")])
    await bot.say(place, "hidden file", files=[("SPOILER_secret.txt", b"it was the butler\n")])


async def _controls(show: Showcase) -> None:
    """Components, old and new."""
    bot, place = show.scene.bot, show.thread["id"]
    link = {"type": 2, "style": 5, "label": "elsewhere", "url": "https://example.com/"}
    styles = [button(f"style {n}", n) for n in (1, 2, 3, 4)]
    sign = {"type": 2, "style": 2, "custom_id": "sign", "emoji": {"name": "👍"}}
    await bot.say(
        place, "buttons", components=[row(*styles, link), row(button("off", disabled=True), sign, button("ask"))]
    )
    one = {"type": 3, "custom_id": "one", "placeholder": "A colour", "options": options(3)}
    many = {"type": 3, "custom_id": "many", "placeholder": "Colours", "max_values": 3, "options": options(15)}
    many["options"][0]["default"] = True
    shut = {"type": 3, "custom_id": "shut", "placeholder": "Not now", "options": options(1), "disabled": True}
    await bot.say(place, "menus", components=[row(one), row(many), row(shut), row({"type": 5, "custom_id": "who"})])
    section = {
        "type": 9,
        "components": [{"type": 10, "content": "**Bash** `pytest`\n-# for 3 s"}],
        "accessory": button("stop", 4),
    }
    pictured = {
        "type": 9,
        "components": [{"type": 10, "content": "with a picture"}],
        "accessory": {"type": 11, "media": {"url": "attachment://a.png"}, "description": "A gradient"},
    }
    media = [{"media": {"url": f"attachment://{name}.png"}} for name in "ab"]
    inside = [
        {"type": 10, "content": "# Working\nwith `code`"},
        {"type": 14},
        section,
        pictured,
        {"type": 12, "items": [media[0], {**media[1], "spoiler": True}]},
        {"type": 13, "file": {"url": "attachment://log.txt"}},
        row({**one, "custom_id": "inside"}),
    ]
    hidden = {
        "type": 17,
        "spoiler": True,
        "components": [{"type": 10, "content": "hidden words"}, row(button("in it"))],
    }
    await bot.say(
        place,
        flags=V2,
        components=[{"type": 17, "accent_color": 0xFF0000, "components": inside}, hidden],
        files=[("a.png", png(80, 80)), ("b.png", png(120, 60)), ("log.txt", b"one\ntwo\n")],
    )


async def _commands(scene: Scene) -> None:
    choices = [{"name": "Opus", "value": "o"}, {"name": "Sonnet", "value": "s"}]
    name = {"type": 3, "name": "name", "description": "Which", "required": True, "autocomplete": True}
    given = [name, {"type": 3, "name": "model", "description": "With what", "choices": choices}]
    await scene.bot.commands(
        {"name": "status", "description": "What goes on"},
        {"name": "dead", "description": "Nobody answers"},
        {"name": "skill", "description": "Run a skill", "options": given},
        {"type": 3, "name": "Rewind to here"},
        {"type": 2, "name": "Say hello"},
    )
    bot = scene.bot

    async def skill(asked: Json) -> None:
        if asked["type"] == 4:
            await bot.respond(asked, 8, choices=[{"name": f"the {one}", "value": one} for one in ("first", "second")])

    bot.answers["skill"] = skill
    bot.answers["status"] = lambda asked: bot.respond(asked, 4, content="all is well", flags=EPHEMERAL)
    bot.answers["style 1"] = lambda asked: bot.respond(asked, 5, flags=EPHEMERAL)
    bot.answers["ask"] = lambda asked: bot.respond(asked, 9, title="Tell me", custom_id="form", components=FORM)
    for custom_id in ("one", "many", "who"):
        bot.answers[custom_id] = lambda asked: bot.respond(asked, 6)


def _labelled(label: str, component: Json, **more: str) -> Json:
    return {"type": 18, "label": label, "component": component, **more}


_FORM_OPTIONS = [{"label": "Fast", "value": "f", "description": "and loose"}, {"label": "Slow", "value": "s"}]
FORM: list[Json] = [
    {"type": 10, "content": "That is **all**, in `words`."},
    _labelled("Reason", {"type": 4, "custom_id": "why", "style": 2, "placeholder": "Because"}, description="In full"),
    _labelled("Kind", {"type": 3, "custom_id": "kind", "options": options(3)}),
    _labelled("Speed", {"type": 21, "custom_id": "speed", "options": _FORM_OPTIONS}),
    _labelled("Evidence", {"type": 19, "custom_id": "file", "required": False}, description="A file"),
]
