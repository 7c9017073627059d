// Slash commands: the flat list that the palette offers, and the bar in which a command's options are filled in.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";

const SUB_COMMAND = 1,
  GROUP = 2,
  INTEGER = 4,
  BOOLEAN = 5,
  USER = 6,
  CHANNEL = 7,
  ROLE = 8,
  MENTIONABLE = 9,
  NUMBER = 10,
  ATTACHMENT = 11;
const CHAT_INPUT = 1;
const TYPING_PAUSE_MS = 120;
const MOST = 25;

/** Each command and sub-command: { command, path, words, description, options }. */
export function flatten(commands) {
  const found = [];
  const walk = (command, path, level) => {
    const subs = (level.options ?? []).filter((option) => option.type === SUB_COMMAND || option.type === GROUP);
    if (subs.length) for (const sub of subs) walk(command, [...path, sub], sub);
    else
      found.push({
        command,
        path,
        words: [command.name, ...path.map((one) => one.name)].join(" "),
        description: level.description,
        options: level.options ?? [],
      });
  };
  for (const command of commands) if (command.type === CHAT_INPUT) walk(command, [], command);
  return found.sort((a, b) => a.words.localeCompare(b.words));
}

/** Commands that begin with what was typed come first, then those that contain it. */
export function matching(entries, typed) {
  const text = typed.toLowerCase();
  const starts = entries.filter((entry) => entry.words.startsWith(text));
  return [...starts, ...entries.filter((entry) => !starts.includes(entry) && entry.words.includes(text))].slice(
    0,
    MOST,
  );
}

/** The bar. `app`: client, report, showModal; `done()` when the command was sent, `leave(text)` when it was given up. */
export class CommandBar {
  #values = new Map(); // option name -> { text, value }
  #asked = 0;

  constructor(app, channelId, entry, { suggestions, done, leave }) {
    Object.assign(this, { app, channelId, entry, suggestions, done, leave });
    this.pills = h("div", { class: "command-pills" });
    this.error = h("div", { class: "command-error", role: "alert", hidden: true });
    // Has the focus where no option is filled in: Enter sends the command, the arrows choose an option.
    this.name = h(
      "b",
      {
        class: "command-name",
        tabIndex: 0,
        role: "combobox",
        "aria-expanded": "false",
        "aria-controls": suggestions.id,
        "aria-label": `Options of /${entry.words}`,
      },
      `/${entry.words}`,
    );
    this.element = h(
      "div",
      {
        class: "command-bar",
        role: "group",
        "aria-label": `Command ${entry.words}`,
        onkeydown: (event) => this.#keys(event),
      },
      this.name,
      this.pills,
      this.error,
    );
    for (const option of entry.options) if (option.required) this.#addPill(option);
  }

  focus() {
    (this.pills.querySelector("input") ?? this.name).focus();
    if (!this.pills.firstChild) this.#offerOptions();
  }

  get #left() {
    return this.entry.options.filter((option) => !this.#values.has(option.name));
  }

  #keys(event) {
    if (this.suggestions.key(event)) {
      event.preventDefault();
      return;
    }
    const empty = event.target.value === "" || event.target === this.name;
    if (event.key === "Enter") {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" || (event.key === "Backspace" && empty && !this.#removeLast(event.target))) {
      event.preventDefault();
      this.leave();
    }
  }

  /** Backspace in an empty optional field takes the field away. */
  #removeLast(field) {
    const option = this.entry.options.find((one) => one.name === field.dataset?.option);
    if (!option || option.required) return false;
    this.#values.delete(option.name);
    field.closest(".option-pill").remove();
    this.focus();
    return true;
  }

  #addPill(option) {
    const state = { text: "", value: undefined };
    this.#values.set(option.name, state);
    const field = option.type === ATTACHMENT ? this.#filePicker(state, option) : this.#textField(state, option);
    this.pills.append(h("label", { class: "option-pill" }, h("span", { class: "option-name" }, option.name), field));
    return field;
  }

  #filePicker(state, option) {
    const input = h("input", { type: "file", "aria-label": option.name, dataset: { option: option.name } });
    input.addEventListener("change", () => (state.value = input.files[0]));
    return input;
  }

  #textField(state, option) {
    const input = h("input", {
      type: "text",
      autocomplete: "off",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": this.suggestions.id,
      "aria-label": option.name,
      placeholder: option.required ? "" : "optional",
      dataset: { option: option.name },
    });
    const typed = () => {
      state.text = input.value;
      state.value = undefined;
      input.style.width = `${Math.max(input.value.length + 2, 8)}ch`;
      this.#offer(option, state, input);
    };
    input.addEventListener("input", typed);
    input.addEventListener("focus", () => this.#offer(option, state, input));
    return input;
  }

  /** What may be chosen while a field is typed into. */
  #offer(option, state, input) {
    const about = `${option.name} — ${option.description}${option.required ? "" : " (optional)"}`;
    const pick = (item) => {
      state.text = input.value = item.label;
      state.value = item.value;
      input.style.width = `${Math.max(input.value.length + 2, 8)}ch`;
      this.#offerOptions();
    };
    const show = (items) => this.suggestions.show(about, items, pick, { field: input });
    if (option.autocomplete) this.#autocomplete(option, state, input, show);
    else show(state.value === undefined ? this.#choices(option, state.text.toLowerCase()) : []);
  }

  #choices(option, text) {
    const { store } = this.app.client;
    const fits = (item) => item.label.toLowerCase().includes(text.replace(/^[@#]/, ""));
    const users = () =>
      [...store.members.values()].map(({ user }) => ({
        label: store.name(user),
        detail: user.username,
        value: user.id,
        icon: avatar(user, "tiny"),
      }));
    const roles = () =>
      [...store.roles.values()].map((role) => ({ label: role.name, value: role.id, icon: icon("at") }));
    const channels = () =>
      [...store.channels.values()]
        .filter((one) => one.name)
        .map((one) => ({ label: one.name, value: one.id, icon: icon("hash") }));
    const kinds = {
      [BOOLEAN]: () => [
        { label: "True", value: true },
        { label: "False", value: false },
      ],
      [USER]: users,
      [ROLE]: roles,
      [MENTIONABLE]: () => [...users(), ...roles()],
      [CHANNEL]: channels,
    };
    const all = option.choices?.length
      ? option.choices.map((choice) => ({ label: choice.name, value: choice.value }))
      : (kinds[option.type]?.() ?? []);
    return all.filter(fits).slice(0, MOST);
  }

  /** Asks the app, once the typing pauses; only the answer to the latest question counts. */
  async #autocomplete(option, state, input, show) {
    const asked = (this.#asked += 1);
    await new Promise((resolve) => setTimeout(resolve, TYPING_PAUSE_MS));
    if (asked !== this.#asked || !input.isConnected) return;
    const outcome = await this.app.client.complete(this.channelId, this.entry.command, this.#nested(option.name));
    if (asked !== this.#asked || document.activeElement !== input) return;
    if (outcome.kind === "choices")
      show(outcome.data.choices.map((choice) => ({ label: choice.name, value: choice.value })));
    else this.suggestions.show("Loading options failed", [], () => {}, { field: input });
  }

  #offerOptions() {
    const items = this.#left.map((option) => ({
      label: option.name,
      detail: option.description,
      side: "optional",
      option,
    }));
    const missing = this.#missing();
    if (missing) {
      this.pills.querySelector(`[data-option="${CSS.escape(missing.name)}"]`)?.focus();
      return;
    }
    if (!items.length) this.suggestions.hide();
    // Enter sends from here on, unless an option is chosen with the arrows.
    else this.suggestions.show("Options", items, (item) => this.#addPill(item.option).focus(), { field: this.name, at: -1 });
    this.name.focus();
  }

  #missing() {
    return this.entry.options.find((option) => option.required && this.#typed(option) === undefined);
  }

  /** The value of an option as Discord wants it; undefined where nothing was given, null where it makes no sense. */
  #typed(option) {
    const { text, value } = this.#values.get(option.name) ?? {};
    if (value !== undefined) return value;
    if (!text) return undefined;
    if (option.type === INTEGER) return /^-?\d+$/.test(text) ? Number(text) : null;
    if (option.type === NUMBER) return Number.isNaN(Number(text)) ? null : Number(text);
    const exact = this.#choices(option, text.toLowerCase()).find(
      (item) => item.label.toLowerCase() === text.toLowerCase(),
    );
    if (exact) return exact.value;
    return option.choices?.length || [BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE].includes(option.type) ? null : text;
  }

  #nested(focused, files = []) {
    const given = [];
    for (const option of this.entry.options) {
      const known = this.#values.get(option.name);
      if (!known) continue;
      if (option.name === focused) {
        given.push({ type: option.type, name: option.name, value: known.text, focused: true });
        continue;
      }
      let value = this.#typed(option);
      if (value instanceof File) value = files.push(value) - 1;
      if (value !== undefined && value !== null) given.push({ type: option.type, name: option.name, value });
    }
    return this.entry.path.reduceRight((options, level) => [{ type: level.type, name: level.name, options }], given);
  }

  send() {
    const wrong = this.#missing() ?? this.entry.options.find((option) => this.#typed(option) === null);
    if (wrong) {
      this.error.textContent =
        this.#typed(wrong) === null ? `“${wrong.name}” has a value that does not fit.` : `“${wrong.name}” is required.`;
      this.error.hidden = false;
      this.pills.querySelector(`[data-option="${CSS.escape(wrong.name)}"]`)?.focus();
      return;
    }
    const files = [];
    const options = this.#nested(null, files);
    this.suggestions.hide();
    this.done();
    this.app.runCommand(this.channelId, this.entry.command, { options, files, words: this.entry.words });
  }
}
