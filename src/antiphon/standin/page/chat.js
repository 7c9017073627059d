// The message list of one channel: rows for what the log's window holds, patched once a frame.

import { h, reconcile } from "./dom.js";
import { Row } from "./message.js";
import { createdAt, day, dayNumber } from "./times.js";
import { byId } from "./log.js";
import { DM, TEXT } from "./kinds.js";
import { isThread } from "./store.js";

const GROUP_MS = 7 * 60 * 1000;
const NEAR = 400; // pixels from an end of the window at which more is fetched
const GROUPABLE = new Set([0]);

export class Chat {
  #rows = new Map();
  #fetching = false;
  #pinned = true; // the view stays at the newest message
  #fresh = null; // id of the first message that was not read when the channel was opened
  channelId = null;

  /** `app`: client, context, openMenu(message, at, row), report(error). */
  constructor(app) {
    this.app = app;
    this.list = h("ol", { class: "messages", "aria-label": "Messages" });
    this.start = h("div", { class: "channel-start" });
    this.scroller = h(
      "div",
      { class: "scroller", tabIndex: 0, "aria-label": "Message history", role: "log", "aria-live": "off" },
      h("h2", { class: "unseen" }, "Messages"),
      h("div", { class: "spacer" }),
      this.start,
      this.list,
    );
    this.bar = h(
      "button",
      { class: "jump-bar", type: "button", hidden: true, onclick: () => this.toPresent() },
      "You are viewing older messages — jump to present",
    );
    this.element = h("div", { class: "chat" }, this.scroller, this.bar);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.list.addEventListener("click", (event) => this.#clicked(event));
    this.list.addEventListener("keydown", (event) => {
      if ((event.key === "Enter" || event.key === " ") && event.target.matches("span[role=button]")) {
        event.preventDefault();
        this.#clicked(event);
      }
    });
    this.scroller.addEventListener("keydown", (event) => this.#walk(event));
    new ResizeObserver(() => this.#pinned && this.#toEnd()).observe(this.list);
    new ResizeObserver(() => this.#pinned && this.#toEnd()).observe(this.scroller);
  }

  get #store() {
    return this.app.client.store;
  }

  async open(channelId) {
    const { client } = this.app;
    const before = this.#store.logs.get(this.channelId);
    if (before && this.channelId !== channelId) before.shrink();
    this.channelId = channelId;
    this.#rows.clear();
    this.list.replaceChildren();
    this.start.replaceChildren();
    this.#pinned = true;
    this.#fresh = this.#store.unread.get(channelId)?.since ?? null;
    const log = this.#store.log(channelId);
    this.list.setAttribute("aria-label", `Messages in ${this.#store.title(this.#store.channels.get(channelId))}`);
    if (!log.loaded) {
      this.scroller.setAttribute("aria-busy", "true");
      try {
        await client.load(channelId);
      } catch (error) {
        if (this.channelId === channelId)
          this.list.replaceChildren(h("li", { class: "no-access", role: "alert" }, error.message));
      }
      this.scroller.removeAttribute("aria-busy");
    }
    if (this.channelId === channelId) this.draw();
  }

  /** Forgets rows, as when another person looks. */
  clear() {
    this.channelId = null;
    this.#rows.clear();
    this.list.replaceChildren();
  }

  /** Brings the rows up to what the log holds. */
  draw() {
    const log = this.#store.logs.get(this.channelId);
    if (!log?.loaded) {
      if (log && this.channelId && this.#rows.size) this.#reload();
      return;
    }
    const { messages } = log;
    const places = this.#places(messages);
    const heldAt = this.#pinned ? null : this.#anchor();
    const focused = this.list.contains(document.activeElement);
    reconcile(this.list, messages, {
      key: (message) => message.id,
      make: (message) => {
        const row = new Row(message, this.app.context);
        this.#rows.set(message.id, row);
        row.update(message, places.get(message.id));
        return row.element;
      },
      update: (element, message) => this.#rows.get(message.id).update(message, places.get(message.id)),
    });
    if (this.#rows.size > messages.length) for (const id of this.#rows.keys()) if (!log.get(id)) this.#rows.delete(id);
    if (focused && !this.list.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
    this.#drawStart(log);
    if (this.#pinned && log.live) this.#toEnd();
    else if (heldAt) this.#hold(heldAt);
    this.#drawBar(log);
  }

  #drawBar(log) {
    const missed = this.#store.unread.get(this.channelId)?.count ?? 0;
    const words = missed
      ? `${missed} new ${missed === 1 ? "message" : "messages"} — jump to present`
      : "You are viewing older messages — jump to present";
    this.bar.hidden = this.#pinned || (log.live && !missed);
    if (this.bar.textContent !== words) this.bar.textContent = words;
  }

  async #reload() {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      await this.app.client.load(this.channelId);
    } catch (error) {
      this.app.report(error);
    } finally {
      this.#fetching = false;
    }
  }

  #places(messages) {
    const places = new Map();
    let before = null;
    for (const message of messages) {
      const at = createdAt(message.id);
      const otherDay = before !== null && dayNumber(createdAt(before.id)) !== dayNumber(at);
      const fresh =
        this.#fresh !== null &&
        byId(message.id, this.#fresh) >= 0 &&
        (before === null || byId(before.id, this.#fresh) < 0);
      const grouped =
        before !== null &&
        !otherDay &&
        !fresh &&
        !before.thread &&
        GROUPABLE.has(message.type) &&
        before.author.id === message.author.id &&
        before.author.username === message.author.username &&
        (GROUPABLE.has(before.type) || before.type === 19 || before.type === 20) &&
        at - createdAt(before.id) < GROUP_MS &&
        (before.flags & 64) === (message.flags & 64);
      places.set(message.id, { grouped, day: otherDay ? day(at) : null, fresh });
      before = message;
    }
    return places;
  }

  #drawStart(log) {
    const channel = this.#store.channels.get(this.channelId);
    if (log.hasOlder || !channel) {
      this.start.replaceChildren();
      return;
    }
    const { intro } = this.app;
    const first = channel.type === TEXT && intro.length > 0 && !log.messages.length;
    const lines = first ? intro : this.#welcome(channel);
    if (this.start.firstChild?.textContent === lines[0]) return;
    this.start.replaceChildren(...lines.map((line, n) => h(n ? "p" : "h2", {}, line)));
    if (first) this.app.composer.guide.welcome();
  }

  #welcome(channel) {
    const name = this.#store.title(channel);
    if (isThread(channel)) return [name, `Started by ${this.#store.nameOf(channel.owner_id)}`];
    if (channel.type === DM) return [name, `This is the beginning of your direct messages with ${name}.`];
    return [`Welcome to #${name}!`, `This is the start of the #${name} channel.`];
  }

  // Scrolling

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** The topmost row in sight and where it is, to be put back there. */
  #anchor() {
    const top = this.scroller.getBoundingClientRect().top;
    for (const element of this.list.children) {
      const box = element.getBoundingClientRect();
      if (box.bottom > top) return { element, at: box.top };
    }
    return null;
  }

  #hold({ element, at }) {
    if (!element.isConnected) return;
    const moved = element.getBoundingClientRect().top - at;
    if (Math.abs(moved) > 1) this.scroller.scrollTop += moved;
  }

  #scrolled() {
    const log = this.#store.logs.get(this.channelId);
    if (!log?.loaded) return;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    this.#pinned = log.live && below < 24;
    log.following = this.#pinned;
    this.app.seen();
    this.#drawBar(log);
    if (scrollTop < NEAR && log.hasOlder) this.#fetch(() => this.app.client.older(this.channelId));
    else if (below < NEAR && !log.live) this.#fetch(() => this.app.client.newer(this.channelId));
  }

  async #fetch(work) {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      await work();
    } catch (error) {
      this.app.report(error);
    } finally {
      this.#fetching = false;
    }
  }

  get atEnd() {
    return this.#pinned;
  }

  async toPresent() {
    const log = this.#store.log(this.channelId);
    if (!log.live) {
      log.reset();
      await this.#reload();
    }
    this.#pinned = log.following = true;
    this.draw();
    this.#toEnd();
  }

  async jump(messageId) {
    try {
      await this.app.client.jump(this.channelId, messageId);
    } catch (error) {
      this.app.report(error);
      return;
    }
    this.#pinned = false;
    this.draw();
    const row = this.#rows.get(messageId)?.element;
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.remove("flash");
    void row.offsetWidth; // starts the animation anew
    row.classList.add("flash");
  }

  // Presses

  /** The arrows go from message to message, Tab into the one that has the focus. */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = event.target === this.scroller ? null : event.target;
    if (!step || event.altKey || event.ctrlKey || event.metaKey || (at && !at.matches(".message"))) return;
    event.preventDefault();
    const rows = [...this.list.querySelectorAll(".message")];
    const from = at ? rows.indexOf(at) + step : rows.length - 1;
    const to = rows[Math.max(0, Math.min(from, rows.length - 1))];
    to?.focus({ preventScroll: true });
    to?.scrollIntoView({ block: "nearest" });
  }

  rowAt(target) {
    return this.#rows.get(target.closest?.(".row")?.dataset.id);
  }

  #clicked(event) {
    const row = this.rowAt(event.target);
    if (!row) return;
    const spoiler = event.target.closest(".md-spoiler[role=button]");
    if (spoiler) {
      row.openSpoiler(spoiler);
      return;
    }
    const target = event.target.closest(
      "[data-jump],[data-react],[data-add-reaction],[data-dismiss],[data-user],[data-command]",
    );
    if (!target) return;
    const { jump, react, addReaction, dismiss, user, command } = target.dataset;
    if (react !== undefined) this.app.react(row.message, react, target.getAttribute("aria-pressed") !== "true");
    else if (addReaction !== undefined) this.app.pickReaction(row.message, target);
    else if (dismiss !== undefined) this.app.client.delete(row.message);
    else if (user !== undefined) this.app.showUser(user, target);
    else if (command !== undefined) this.app.composer.startCommand(command);
    else this.jump(jump);
  }
}
