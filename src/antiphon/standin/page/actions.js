// What can be done to a message: the bar that hovers over it, the menu, editing in place.

import { h } from "./dom.js";
import { confirm, ask } from "./dialogs.js";
import { QUICK } from "./emoji.js";
import { icon } from "./icons.js";
import { closePopup, menu, pickEmoji } from "./menus.js";
import { EPHEMERAL, MANAGE_MESSAGES, PIN_MESSAGES, isThread } from "./store.js";

const LONG_PRESS_MS = 450;
const MESSAGE_COMMAND = 3,
  USER_COMMAND = 2;
const OWN_TYPES = new Set([0, 19, 20, 23]);

export class Actions {
  #row = null;
  #pressing = null;

  constructor(app, chat) {
    this.app = app;
    const button = (name, label, act) =>
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          title: label,
          "aria-label": label,
          onclick: (event) => this.#row && act(this.#row, event.currentTarget),
        },
        icon(name),
      );
    this.editButton = button("edit", "Edit", (row) => this.edit(row));
    this.replyButton = button("reply", "Reply", (row) => app.composer.replyTo(row.message));
    this.reactButton = button("smile", "Add reaction", (row, at) => app.pickReaction(row.message, at));
    this.more = button("dots", "More", (row, at) => this.menu(row, at));
    this.bar = h(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Message actions" },
      this.reactButton,
      this.replyButton,
      this.editButton,
      this.more,
    );
    chat.list.addEventListener(
      "pointerover",
      (event) => event.pointerType !== "touch" && this.#hover(chat.rowAt(event.target)),
    );
    chat.list.addEventListener(
      "focusin",
      (event) => !this.bar.contains(event.target) && this.#hover(chat.rowAt(event.target)),
    );
    chat.scroller.addEventListener("pointerleave", () => this.#hover(null));
    chat.list.addEventListener("contextmenu", (event) => {
      const row = chat.rowAt(event.target);
      if (!row || event.target.closest("a[href^=http]") || event.target.closest("textarea")) return;
      event.preventDefault();
      if (this.#pressing !== "opened") this.menu(row, { x: event.clientX, y: event.clientY });
    });
    this.#longPress(chat);
  }

  #longPress(chat) {
    const cancel = () => clearTimeout(this.#pressing);
    chat.list.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch") return;
      const row = chat.rowAt(event.target);
      const at = { x: event.clientX, y: event.clientY };
      cancel();
      this.#pressing = setTimeout(() => {
        this.#pressing = "opened";
        if (row) this.menu(row, at);
      }, LONG_PRESS_MS);
    });
    for (const name of ["pointerup", "pointercancel", "pointermove"]) {
      chat.list.addEventListener(name, (event) => {
        if (name === "pointermove" && Math.hypot(event.movementX, event.movementY) < 6) return;
        cancel();
        if (name !== "pointermove") this.#pressing = null;
      });
    }
  }

  #hover(row) {
    if (row === this.#row && this.bar.isConnected) return;
    this.#row = row;
    if (!row) {
      this.bar.remove();
      return;
    }
    const { message } = row;
    const plain = !message.local && !(message.flags & EPHEMERAL);
    this.editButton.hidden = !this.#own(message) || !plain;
    this.replyButton.hidden = this.reactButton.hidden = !plain || !OWN_TYPES.has(message.type);
    row.article.append(this.bar);
  }

  #own = (message) => message.author.id === this.app.client.store.me.id && OWN_TYPES.has(message.type);

  /** The menu of a message; apps' message commands are fetched when it opens. */
  async menu(row, at) {
    const { message } = row;
    const { client } = this.app;
    const { store } = client;
    const own = this.#own(message);
    if (message.local || message.flags & EPHEMERAL) {
      menu(
        at,
        [
          { label: "Copy text", icon: "copy", act: () => this.#copy(message.content) },
          { label: "Dismiss message", icon: "close", act: () => client.delete(message) },
        ],
        { label: "Message actions" },
      );
      return;
    }
    const replyable = OWN_TYPES.has(message.type);
    const apps = replyable ? await this.#commands(message, MESSAGE_COMMAND) : [];
    const channel = store.channels.get(message.channel_id);
    const threadable = replyable && channel && !isThread(channel) && channel.guild_id && !message.thread;
    const items = [
      replyable && this.#quick(message),
      { label: "Add reaction", icon: "smile", act: () => this.app.pickReaction(message, row.article) },
      own && { label: "Edit message", icon: "edit", act: () => this.edit(row) },
      replyable && { label: "Reply", icon: "reply", act: () => this.app.composer.replyTo(message) },
      threadable && { label: "Create thread", icon: "thread", act: () => this.#startThread(message) },
      null,
      replyable &&
        store.may(PIN_MESSAGES) && {
          label: message.pinned ? "Unpin message" : "Pin message",
          icon: "pin",
          act: () => this.app.attempt(() => client.pin(message, !message.pinned)),
        },
      apps.length > 0 && { label: "Apps", icon: "apps", items: apps },
      { label: "Copy text", icon: "copy", act: () => this.#copy(message.content) },
      { label: "Copy message ID", icon: "hash", act: () => this.#copy(message.id) },
      (own || store.may(MANAGE_MESSAGES)) && null,
      (own || store.may(MANAGE_MESSAGES)) && {
        label: "Delete message",
        icon: "trash",
        danger: true,
        act: () => this.delete(message),
      },
    ];
    menu(
      at,
      items.filter((item) => item !== false),
      { label: "Message actions" },
    );
  }

  #quick(message) {
    const act = (emoji) => {
      closePopup();
      this.app.react(message, emoji, true);
    };
    return h(
      "div",
      { class: "quick-reactions", role: "group", "aria-label": "Quick reactions" },
      QUICK.map((emoji) =>
        h(
          "button",
          { type: "button", role: "menuitem", "aria-label": `React with ${emoji}`, onclick: () => act(emoji) },
          emoji,
        ),
      ),
    );
  }

  async #commands(message, kind) {
    try {
      const found = await this.app.client.commands(message.channel_id);
      const run = (command) => () =>
        this.app.runCommand(message.channel_id, command, { target: message.id, words: command.name });
      return found
        .filter((command) => command.type === kind)
        .map((command) => ({ label: command.name, icon: "slash", act: run(command) }));
    } catch {
      return [];
    }
  }

  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.app.toast("Copied.");
    } catch {
      this.app.toast(`Copying is not allowed here: ${text.slice(0, 100)}`);
    }
  }

  async #startThread(message) {
    const found = await ask(
      "Create thread",
      [{ name: "name", label: "Thread name", value: message.content.slice(0, 60) }],
      "Create thread",
    );
    if (!found) return;
    await this.app.attempt(async () => {
      const thread = await this.app.client.startThread(message, found.name);
      location.hash = thread.id;
    });
  }

  async delete(message) {
    const sure = await confirm("Delete message", "Are you sure you want to delete this message?", "Delete");
    if (sure) await this.app.attempt(() => this.app.client.delete(message));
  }

  /** A field in the place of the text: Enter saves, Escape leaves. */
  edit(row) {
    if (row.element.querySelector(".editor")) return;
    const { message } = row;
    const before = document.activeElement;
    const text = h("textarea", { value: message.content, "aria-label": "Edit message" });
    const leave = () => {
      editor.remove();
      row.element.classList.remove("editing");
      (before.isConnected && before !== document.body ? before : this.app.composer.text).focus();
    };
    const save = async () => {
      if (!text.value.trim()) {
        leave();
        await this.delete(message);
      } else if (await this.app.attempt(() => this.app.client.edit(message, text.value.trim()))) leave();
    };
    text.addEventListener("keydown", (event) => {
      if (event.key === "Escape") leave();
      else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        save();
      }
    });
    text.addEventListener("input", () => fit());
    const fit = () => {
      text.style.height = "auto";
      text.style.height = `${text.scrollHeight}px`;
    };
    const word = (label, act) => h("button", { class: "text-button", type: "button", onclick: act }, label);
    const editor = h(
      "div",
      { class: "editor" },
      text,
      h("small", {}, "escape to ", word("cancel", leave), " • enter to ", word("save", save)),
    );
    row.parts.content.after(editor);
    row.element.classList.add("editing");
    fit();
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }

  pickReaction(message, anchor) {
    pickEmoji(anchor, (emoji) => this.app.react(message, emoji, true));
  }

  /** Menu commands of apps for a person. */
  async userCommands(userId, channelId) {
    const found = await this.app.client.commands(channelId).catch(() => []);
    return found
      .filter((command) => command.type === USER_COMMAND)
      .map((command) => ({
        label: command.name,
        run: () => this.app.runCommand(channelId, command, { target: userId, words: command.name }),
      }));
  }
}
