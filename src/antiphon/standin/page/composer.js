// Where a person writes: text with suggestions, files by picker, paste and drop, replies, commands.

import { CommandBar, flatten, matching } from "./commands.js";
import { h, size } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { Guide } from "./guide.js";
import { icon } from "./icons.js";
import { pickEmoji } from "./menus.js";
import { named, withIds } from "./mentions.js";
import { avatar } from "./message.js";
import { DM } from "./kinds.js";
import { isThread } from "./store.js";
import { Suggestions } from "./suggestions.js";

const TYPING_EVERY_MS = 8000;
const MOST_TEXT = 2000;
const MOST_FILES = 10;

export class Composer {
  #files = [];
  #replyTo = null;
  #bar = null;
  #typedAt = 0;
  #drafts = new Map(); // channel id -> text

  constructor(app) {
    this.app = app;
    this.suggestions = new Suggestions();
    this.guide = new Guide(app, (text) => this.#suggested(text));
    this.notice = h("div", { class: "composer-notice", role: "alert", hidden: true });
    this.reply = h("div", { class: "reply-bar", hidden: true });
    this.tray = h("div", { class: "tray", hidden: true, role: "list", "aria-label": "Files to send" });
    this.counter = h("span", { class: "counter", hidden: true });
    this.text = h("textarea", {
      rows: 1,
      autocomplete: "off",
      spellcheck: true,
      "aria-label": "Message",
      "aria-controls": this.suggestions.id,
      "aria-autocomplete": "list",
    });
    this.picker = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      "aria-label": "Choose files",
      onchange: () => this.#picked(),
    });
    const attach = h(
      "button",
      {
        class: "icon-button",
        type: "button",
        title: "Upload a file",
        "aria-label": "Upload a file",
        onclick: () => this.picker.click(),
      },
      icon("plus"),
    );
    const emoji = h(
      "button",
      {
        class: "icon-button",
        type: "button",
        title: "Emoji",
        "aria-label": "Insert emoji",
        onclick: () => pickEmoji(emoji, (one) => this.insert(one), { above: true }),
      },
      icon("smile"),
    );
    const send = h(
      "button",
      {
        class: "icon-button send",
        type: "button",
        title: "Send",
        "aria-label": "Send message",
        onclick: () => this.submit(),
      },
      icon("send"),
    );
    this.slot = h("div", { class: "composer-slot" }, this.text);
    this.box = h(
      "div",
      { class: "composer-box" },
      this.reply,
      this.tray,
      h("div", { class: "composer-row" }, attach, this.slot, this.counter, emoji, send),
    );
    this.typing = h("div", { class: "typing", role: "status", "aria-live": "polite" });
    this.element = h(
      "div",
      { class: "composer" },
      this.suggestions.element,
      this.guide.element,
      this.notice,
      this.box,
      this.picker,
      this.typing,
    );
    this.text.addEventListener("input", () => this.#typed());
    this.text.addEventListener("keydown", (event) => this.#keys(event));
    this.text.addEventListener("paste", (event) => {
      if (event.clipboardData?.files.length) {
        event.preventDefault();
        this.addFiles([...event.clipboardData.files]);
      }
    });
    this.text.addEventListener("blur", () =>
      setTimeout(() => !this.#bar && !this.element.contains(document.activeElement) && this.suggestions.hide(), 150),
    );
  }

  open(channelId) {
    if (this.channelId) this.#drafts.set(this.channelId, this.text.value);
    this.channelId = channelId;
    this.#leaveCommand();
    this.replyTo(null);
    this.#setFiles([]);
    this.text.value = this.#drafts.get(channelId) ?? "";
    this.#fit();
    this.say(null);
    this.guide.open(false);
    this.refresh();
  }

  /** What depends on the channel: its name, whether it can be written to, who is typing. */
  refresh() {
    const { store } = this.app.client;
    const channel = store.channels.get(this.channelId);
    if (!channel) return;
    const name = store.title(channel);
    const where = channel.type === DM ? `@${name}` : isThread(channel) ? name : `#${name}`;
    this.text.setAttribute("aria-label", `Message ${where}`);
    const narrow = innerWidth < 500 && where.length > 22;
    this.text.placeholder = channel.thread_metadata?.archived
      ? "Archived: a message opens it again"
      : `Message ${narrow ? `${where.slice(0, 20)}…` : where}`;
    const typists = store.typists(this.channelId);
    const words =
      typists.length === 0
        ? ""
        : typists.length > 3
          ? "Several people are typing…"
          : `${typists.join(", ")} ${typists.length === 1 ? "is" : "are"} typing…`;
    if (this.typing.dataset.words !== words) {
      this.typing.dataset.words = words;
      this.typing.replaceChildren(...(words ? [h("span", { class: "dots" }, h("i"), h("i"), h("i")), words] : []));
    }
  }

  /** A line above the box; null takes it away. */
  say(words) {
    this.notice.hidden = !words;
    this.notice.textContent = words ?? "";
  }

  replyTo(message) {
    this.#replyTo = message && { message, ping: true };
    this.reply.hidden = !message;
    if (!message) return;
    const ping = h(
      "button",
      {
        class: "text-button ping",
        type: "button",
        "aria-pressed": "true",
        title: "Whether the author is pinged",
        onclick: () => {
          this.#replyTo.ping = !this.#replyTo.ping;
          ping.setAttribute("aria-pressed", String(this.#replyTo.ping));
          ping.textContent = this.#replyTo.ping ? "@ ON" : "@ OFF";
        },
      },
      "@ ON",
    );
    const close = h(
      "button",
      { class: "icon-button", type: "button", "aria-label": "Cancel reply", onclick: () => this.#cancelReply() },
      icon("close"),
    );
    this.reply.replaceChildren(
      h("span", {}, "Replying to ", h("b", {}, this.app.client.store.name(message.author))),
      ping,
      close,
    );
    this.text.focus();
  }

  #cancelReply() {
    this.replyTo(null);
    this.text.focus();
  }

  insert(text) {
    this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, "end");
    this.text.focus();
    this.#typed();
  }

  // Files

  #picked() {
    this.addFiles([...this.picker.files]);
    this.picker.value = "";
  }

  addFiles(files) {
    const all = [...this.#files, ...files];
    this.say(all.length > MOST_FILES ? `A message carries at most ${MOST_FILES} files.` : null);
    this.#setFiles(all.slice(0, MOST_FILES));
    this.text.focus();
  }

  #setFiles(files) {
    this.#files = files;
    this.tray.hidden = files.length === 0;
    for (const image of this.tray.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    this.tray.replaceChildren(...files.map((file) => this.#fileTile(file)));
  }

  #fileTile(file) {
    const remove = h(
      "button",
      {
        class: "icon-button",
        type: "button",
        "aria-label": `Remove ${file.name}`,
        onclick: () => {
          this.#setFiles(this.#files.filter((one) => one !== file));
          this.text.focus();
        },
      },
      icon("trash"),
    );
    const look = file.type.startsWith("image/") ? h("img", { src: URL.createObjectURL(file), alt: "" }) : icon("file");
    return h(
      "div",
      { class: "tray-file", role: "listitem" },
      h("div", { class: "tray-look" }, look),
      h("div", { class: "tray-name" }, file.name),
      h("div", { class: "tray-size" }, size(file.size)),
      remove,
    );
  }

  // Text

  #fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, innerHeight / 2)}px`;
    const left = MOST_TEXT - this.text.value.length;
    this.counter.hidden = left > 200;
    this.counter.textContent = String(left);
    this.counter.classList.toggle("over", left < 0);
  }

  #typed() {
    this.#fit();
    this.say(null);
    this.#suggest();
    const now = Date.now();
    if (this.text.value && !this.text.value.startsWith("/") && now - this.#typedAt > TYPING_EVERY_MS) {
      this.#typedAt = now;
      this.app.client.typing(this.channelId).catch(() => {});
    }
  }

  #keys(event) {
    if (event.isComposing) return;
    if (this.suggestions.key(event)) {
      event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      this.replyTo(null);
    } else if (event.key === "ArrowUp" && !this.text.value) {
      event.preventDefault();
      this.app.editLast();
    }
  }

  async submit() {
    if (this.#bar) {
      this.#bar.send();
      return;
    }
    const content = withIds(withEmoji(this.text.value.trim()), this.app.client.store);
    const files = this.#files;
    if (!content && !files.length) return;
    if (await this.#send(content, files, this.#replyTo)) {
      this.guide.open(false);
      this.text.value = "";
      this.#typedAt = 0;
      this.#setFiles([]);
      this.replyTo(null);
      this.#fit();
    }
  }

  /** A suggested prompt: posted as if it had been typed, and gone after into the thread that it may open. */
  async #suggested(text) {
    const message = await this.#send(text, [], null);
    if (message) this.app.follow(message);
    return message !== null;
  }

  /** The message; null when it was not sent. */
  async #send(content, files, replyTo) {
    this.box.setAttribute("aria-busy", "true");
    this.text.readOnly = true;
    try {
      const all = { content, files, replyTo: replyTo?.message, ping: replyTo?.ping };
      const message = await this.app.client.send(this.channelId, all);
      this.say(null);
      await this.app.chat.toPresent();
      return message;
    } catch (error) {
      this.say(`Your message was not sent: ${error.message}`);
      return null;
    } finally {
      this.text.readOnly = false;
      this.box.removeAttribute("aria-busy");
    }
  }

  // Suggestions

  async #suggest() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    const field = { field: this.text };
    if (/^\/[^\n]*$/.test(before)) {
      const entries = await this.#commands();
      if (!this.text.value.startsWith("/")) return;
      const { store } = this.app.client;
      const app = store.users.get(store.applicationId);
      const items = matching(entries, before.slice(1)).map((entry) => ({
        label: `/${entry.words}`,
        detail: entry.description,
        side: app ? store.name(app) : "",
        icon: app && avatar(app, "small"),
        entry,
      }));
      this.suggestions.show(items.length ? "Commands" : "", items, ({ entry }) => this.#startCommand(entry), field);
      return;
    }
    const found = /(?:^|\s)([@#:])([\w-]*)$/.exec(before);
    const items = found ? named(found[1], found[2].toLowerCase(), this.app.client.store) : [];
    const pick = ({ insert }) => {
      this.text.setRangeText(insert, this.text.selectionStart - found[2].length - 1, this.text.selectionStart, "end");
      this.suggestions.hide();
      this.#fit();
    };
    if (items.length)
      this.suggestions.show({ "@": "Members", "#": "Channels", ":": "Emoji" }[found[1]], items, pick, field);
    else this.suggestions.hide();
  }

  // Commands

  async #commands() {
    try {
      return flatten(await this.app.client.commands(this.channelId));
    } catch (error) {
      this.say(error.message);
      return [];
    }
  }

  /** Begins the command with these words, as when its mention is pressed. */
  async startCommand(words) {
    const entry = (await this.#commands()).find((one) => one.words === words);
    if (entry) this.#startCommand(entry);
  }

  #startCommand(entry) {
    this.suggestions.hide();
    this.text.value = "";
    this.#fit();
    const leave = () => {
      this.#leaveCommand();
      this.text.focus();
    };
    this.#bar = new CommandBar(this.app, this.channelId, entry, { suggestions: this.suggestions, done: leave, leave });
    this.slot.replaceChildren(this.#bar.element);
    this.#bar.focus();
  }

  #leaveCommand() {
    this.#bar = null;
    this.suggestions.hide();
    if (!this.text.isConnected) this.slot.replaceChildren(this.text);
  }
}
