"""Discord's Markdown as the page draws it: each case is a text and the document it becomes."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from scene import Scene, opened

from antiphon.standin import LocalDiscord

pytestmark = pytest.mark.asyncio(loop_scope="session")

RENDER = """async text => {
    const { markdown } = await import("/page/markdown.js");
    const known = { 1: { name: "Ada" }, 2: { name: "builders" }, 3: { name: "general" } };
    const find = id => known[id] ?? null;
    const box = document.createElement("div");
    box.append(markdown(text, { user: find, role: find, channel: find }));
    for (const one of box.querySelectorAll("svg")) one.remove();
    for (const one of box.querySelectorAll("*"))
        for (const { name } of [...one.attributes]) if (!["href", "start"].includes(name)) one.removeAttribute(name);
    return box.innerHTML;
}"""

CASES = {
    "**bold** *italic* _also_ ***both*** __under__ ~~gone~~": (
        "<strong>bold</strong> <em>italic</em> <em>also</em> <strong><em>both</em></strong> <u>under</u> <s>gone</s>"
    ),
    "**bold *inside***": "<strong>bold <em>inside</em></strong>",
    "2 * 3 * 4 and snake_case_name": "2 * 3 * 4 and snake_case_name",
    r"\*not\* \_this\_": "*not* _this_",
    "unclosed **bold and `code": "unclosed **bold and `code",
    "`a **b** c` ``x ` y``": "<code>a **b** c</code> <code>x ` y</code>",
    "**bold `** code` end**": "<strong>bold <code>** code</code> end</strong>",
    "||hidden **too**||": "<span><span>hidden <strong>too</strong></span></span>",
    "# One\n## Two\n### Three\n#### Four": "<h1>One</h1><h2>Two</h2><h3>Three</h3>#### Four",
    "-# small\nlarge": "<small>small</small>large",
    "- a\n- b\n  - c\n- d": "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>",
    "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "- a\n1. b": '<ul><li>a</li></ul><ol start="1"><li>b</li></ol>',
    "1. a\n   ```\n   x\n   ```": '<ol start="1"><li>a<br><pre><code>x</code></pre></li></ol>',
    "> one\n> two\nthree": "<blockquote><div>one<br>two</div></blockquote>three",
    ">>> one\ntwo": "<blockquote><div>one<br>two</div></blockquote>",
    "> - a\n> - b": "<blockquote><div><ul><li>a</li><li>b</li></ul></div></blockquote>",
    ">no quote": "&gt;no quote",
    "a\n```\nb < c\n```\nd": "a<br><pre><code>b &lt; c</code></pre>d",
    "```one line```": "<pre><code>one line</code></pre>",
    "```py\nx = 1\n```": "<pre><code>x = <span>1</span></code></pre>",
    "[label](https://example.com/a_(b))": '<a href="https://example.com/a_(b)">label</a>',
    "[label](javascript:alert(1))": "[label](javascript:alert(1))",
    "see https://example.com/x_y_z.": 'see <a href="https://example.com/x_y_z">https://example.com/x_y_z</a>.',
    "<https://example.com>": '<a href="https://example.com">https://example.com</a>',
    "<@1> <@!1> <@&2> <#3> <@9> @everyone": (
        '<span>@Ada</span> <span>@Ada</span> <span>@builders</span> <a href="#3">general</a> '
        "<span>@unknown-user</span> <span>@everyone</span>"
    ),
    "</skill run:5>": "<span>/skill run</span>",
    "<t:0:R> <t:0:d>": "<time>56 years ago</time> <time>01/01/1970</time>",
    "<img src=x onerror=alert(1)> <b>no</b>": "&lt;img src=x onerror=alert(1)&gt; &lt;b&gt;no&lt;/b&gt;",
    "done ✅ 1️⃣ 👩‍💻": "done <span>✅</span> <span>1️⃣</span> <span>👩‍💻</span>",
    "|| a || b ||": "<span><span> a </span></span> b ||",
    "| a | b |\n|---|---|": "| a | b |<br>|---|---|",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def renderer(browser: Browser):
    async with LocalDiscord() as discord, opened(browser, discord.url) as watch:
        await watch.page.clock.set_fixed_time("2026-06-01T00:00:00Z")
        yield watch.page
        assert not watch.errors


@pytest.mark.parametrize("text", CASES)
async def test_markdown_is_drawn_as_discord_draws_it(renderer: Page, text: str) -> None:
    assert await renderer.evaluate(RENDER, text) == CASES[text]


@pytest.mark.parametrize("mark", ["*", "**", "||", "`", "[", "_", "> ", "~~a", "- ", "<", "***a"])
async def test_no_text_takes_long(renderer: Page, mark: str) -> None:
    script = RENDER.replace("async text => {", "async text => { const start = performance.now();")
    took = await renderer.evaluate(
        script.replace("return box.innerHTML", "return performance.now() - start"), mark * (4000 // len(mark))
    )
    assert took < 300


async def test_a_spoiler_opens_and_stays_open_when_the_message_is_edited(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "so: ||the butler||")
    words = scene.row(message).locator(".md-spoiler-text")
    await expect(words).to_have_css("opacity", "0")
    await scene.row(message).get_by_role("button", name="Spoiler").click()
    await expect(words).to_have_css("opacity", "1")
    await expect(scene.row(message).get_by_role("button", name="Spoiler")).to_have_count(0)  # it is text now
    await scene.bot.edit(message, content="so it was: ||the butler||")
    await expect(scene.row(message)).to_contain_text("so it was")
    await expect(words).to_have_css("opacity", "1")


async def test_relative_times_tick(scene: Scene) -> None:
    await scene.bot.say(scene.general, f"since <t:{await scene.page.evaluate('Math.floor(Date.now() / 1000)')}:R>")
    time = scene.page.locator("time[data-relative]")
    first = await time.inner_text()
    await expect(time).not_to_have_text(first)
