// The page as a whole: who looks, at which channel, and what is drawn anew when something has changed.

import { Actions } from "./actions.js";
import { Chat } from "./chat.js";
import { Client } from "./client.js";
import { Composer } from "./composer.js";
import { look } from "./dialogs.js";
import { everyFrame, h, keepPresses } from "./dom.js";
import { Forum } from "./forum.js";
import { Header } from "./header.js";
import { markdown } from "./markdown.js";
import { closePopup } from "./menus.js";
import { openModal } from "./modals.js";
import { Panel } from "./panels.js";
import { Profile } from "./profile.js";
import { Sidebar } from "./sidebar.js";
import { TEXT, hasPosts } from "./kinds.js";
import { isThread } from "./store.js";
import { Toasts } from "./toasts.js";
import { tick } from "./times.js";

const PEOPLE = "/standin/people";
const NARROW = matchMedia("(max-width: 700px)");

class App {
  #clients = new Map(); // person's name -> Client
  #contexts = new Map(); // Client -> what rows need
  #dirty = new Set();
  #told = 0; // notices that were shown as toasts
  #following = null; // the message whose thread is gone to once it is there
  channelId = null;

  /** `intro`: lines in place of an empty channel's welcome. `chips`: what is suggested above the composer. */
  constructor({ people, intro, chips }) {
    this.people = people;
    this.intro = intro;
    this.flush = everyFrame(() => this.#flush());
    this.chat = new Chat(this);
    this.composer = new Composer(this);
    this.actions = new Actions(this, this.chat);
    this.sidebar = new Sidebar(this);
    this.header = new Header(this);
    this.panel = new Panel(this);
    this.forum = new Forum(this);
    this.profile = new Profile(this);
    this.toasts = new Toasts();
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    this.place = h("div", { class: "place", hidden: true }, this.chat.element, this.composer.element);
    this.main = h(
      "main",
      { class: "main" },
      this.header.element,
      this.banner,
      h("div", { class: "columns" }, this.place, this.forum.element, this.panel.element),
    );
    this.shade = h("div", { class: "shade", onclick: () => this.closeDrawer() }); // the list has a button that does it
    document.body.replaceChildren(
      h("div", { class: "app" }, this.sidebar.element, this.shade, this.main),
      this.toasts.element,
    );
    this.composer.guide.setChips(chips);
    this.#listen();
    const wanted = new URLSearchParams(location.search).get("as");
    this.become(people.find((one) => one.name === wanted) ?? people[0]);
    tick(document.body);
  }

  #listen() {
    addEventListener("hashchange", () => this.#route());
    keepPresses();
    document.addEventListener("visibilitychange", () => this.seen());
    setInterval(() => this.client.store.typing.size && this.composer.refresh(), 1000);
    this.main.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      this.main.classList.add("dropping");
    });
    for (const name of ["dragleave", "drop"])
      this.main.addEventListener(
        name,
        (event) =>
          (name === "drop" || !this.main.contains(event.relatedTarget)) && this.main.classList.remove("dropping"),
      );
    this.main.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) this.composer.addFiles([...event.dataTransfer.files]);
    });
    addEventListener("resize", () => this.composer.refresh());
    NARROW.addEventListener("change", () => this.cover());
    addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.#escape());
  }

  // People

  get client() {
    return this.#clients.get(this.person.name);
  }

  /** Unread pings of a person who has looked in before. */
  pingsOf = (person) => this.#clients.get(person.name)?.store.pings ?? 0;

  become(person) {
    closePopup();
    if (this.person) this.client.store.viewing = null;
    this.person = person;
    if (!this.#clients.has(person.name)) {
      const client = new Client(person, (topic) => this.#changed(client, topic));
      this.#clients.set(person.name, client);
    }
    history.replaceState(null, "", `?as=${person.name}${location.hash}`);
    this.#told = this.client.store.noticed;
    this.channelId = null;
    this.place.hidden = true; // until there is a channel to write to
    this.chat.clear();
    for (const topic of ["channels", "people", "connection"]) this.#changed(this.client, topic);
  }

  /** What rows need of the page, for the client that is shown. */
  get context() {
    const { client } = this;
    if (!this.#contexts.has(client)) {
      const { store } = client;
      const press = (message, component, values) => this.press(message, component, values);
      this.#contexts.set(client, {
        store,
        names: store.names,
        look,
        press,
        vote: (message, answers) => this.attempt(() => this.client.vote(message, answers)),
        entities: (type, kinds) => entities(store, type, kinds),
        failures: new Map(),
      });
    }
    return this.#contexts.get(client);
  }

  // Drawing

  #changed(client, topic) {
    this.#dirty.add(client === this.client ? topic : "others");
    this.flush();
  }

  changed(topic) {
    this.#changed(this.client, topic);
  }

  #flush() {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const { store } = this.client;
    if (dirty.has("connection")) this.#drawConnection();
    if (!store.me || !store.guilds.size) return;
    if (this.channelId === null || !store.channels.has(this.channelId)) this.#route();
    this.#goAlong(store);
    this.seen();
    if (["log", "people"].some((topic) => dirty.has(topic)) || (dirty.has("channels") && this.channelId))
      this.chat.draw();
    if (["channels", "people", "others"].some((topic) => dirty.has(topic))) {
      this.sidebar.draw();
      this.drawHeader();
      this.forum.draw();
    }
    if (dirty.has("typing") || dirty.has("channels")) this.composer.refresh();
    if (dirty.has("notices")) {
      this.#tell(store);
      this.drawHeader();
      if (this.panel.shown === "notices") this.panel.draw();
    }
    document.title = `${store.pings ? `(${store.pings}) ` : ""}${store.title(store.channels.get(this.channelId)) || "Antiphon"}`;
  }

  drawHeader() {
    this.header.draw();
  }

  #drawConnection() {
    const words = { lost: "Connecting…", refused: "This token is not known here. Reload the page." }[
      this.client.connection
    ];
    clearTimeout(this.connecting);
    // A short gap is not worth a word.
    if (words)
      this.connecting = setTimeout(() => Object.assign(this.banner, { hidden: false, textContent: words }), 700);
    else this.banner.hidden = true;
  }

  /** Toasts for pings that arrived where nobody looks. */
  #tell(store) {
    for (const { message, pingsMe, silent } of store.notices.slice(0, store.noticed - this.#told)) {
      if (pingsMe && !silent && message.channel_id !== store.viewing) {
        const where = `${store.name(message.author)} in ${store.title(store.channels.get(message.channel_id))}: `;
        const words = markdown(message.content.slice(0, 120), store.names, { plain: true });
        this.toasts.show([where, words], { href: `#${message.channel_id}`, ping: true });
      }
    }
    this.#told = store.noticed;
  }

  // Places

  async #route() {
    const { store } = this.client;
    if (!store.guilds.size) return;
    const wanted = location.hash.slice(1);
    if (wanted && !store.channels.has(wanted))
      await this.client.rest.get(`/channels/${wanted}`).then(
        (found) => store.keepChannel(found),
        () => {},
      );
    const first = [...store.channels.values()]
      .filter((one) => one.type === TEXT)
      .sort((a, b) => a.position - b.position)[0];
    const channel = store.channels.get(wanted) ?? first;
    if (!channel || channel.id === this.channelId) return;
    if (channel.id !== wanted) history.replaceState(null, "", `${location.search}#${channel.id}`);
    await this.#open(channel);
  }

  /** Goes to the thread that a message of this channel opens, once it does, unless somebody goes elsewhere first. */
  follow(message) {
    this.#following = message.channel_id === this.channelId ? message : null;
    this.#goAlong(this.client.store);
  }

  #goAlong(store) {
    if (this.#following && store.channels.has(this.#following.id)) location.hash = this.#following.id; // as Discord has it
  }

  async #open(channel) {
    this.#following = null;
    const before = document.activeElement;
    this.channelId = channel.id;
    this.closeDrawer();
    closePopup();
    if (NARROW.matches) this.panel.close();
    const forum = hasPosts(channel);
    this.place.hidden = forum;
    this.forum.open(forum ? channel.id : null);
    this.sidebar.draw();
    this.drawHeader();
    if (["pins"].includes(this.panel.shown)) this.panel.draw();
    const parent = isThread(channel) ? channel.parent_id : channel.id;
    if (channel.guild_id) this.client.archived(parent).catch(() => {});
    if (forum) return;
    this.composer.open(channel.id);
    if (!NARROW.matches) this.composer.text.focus({ preventScroll: true });
    else if (before !== document.body) this.chat.scroller.focus({ preventScroll: true }); // a field has a keyboard
    await this.chat.open(channel.id);
    this.seen();
  }

  /** The newest message of the open channel is in sight, so nothing there is unread. */
  seen() {
    const { store } = this.client;
    store.viewing = !document.hidden && this.chat.atEnd ? this.channelId : null;
    if (store.viewing) store.read(store.viewing);
  }

  openDrawer() {
    document.body.classList.add("drawer");
    this.cover();
    this.sidebar.focus();
  }

  closeDrawer() {
    if (!document.body.classList.contains("drawer")) return;
    document.body.classList.remove("drawer");
    this.cover();
    this.header.drawer.focus();
  }

  /** What lies below the drawer, or on a phone below the panel, cannot be reached. */
  cover() {
    const drawer = document.body.classList.contains("drawer");
    this.main.inert = drawer && NARROW.matches;
    this.place.inert = this.forum.element.inert = this.panel.shown !== null && NARROW.matches;
    this.header.drawer.setAttribute("aria-expanded", String(drawer));
  }

  /** Closes what is open, where nothing else has: the drawer, or the panel in which somebody is. */
  #escape() {
    if (document.querySelector("dialog[open]")) return;
    const inside = this.panel.element.contains(document.activeElement);
    if (document.body.classList.contains("drawer")) this.closeDrawer();
    else if (inside || (this.panel.shown && NARROW.matches)) this.panel.close();
  }

  // Acting

  toast(words) {
    this.toasts.show(words);
  }

  report(error) {
    this.toasts.show(error.message, { bad: true });
  }

  /** Does it; says what went wrong. Whether it went well. */
  async attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      this.report(error);
      return false;
    }
  }

  react = (message, emoji, wanted) => this.attempt(() => this.client.react(message, emoji, wanted));
  pickReaction = (message, anchor) => this.actions.pickReaction(message, anchor);
  showUser = (userId, anchor) => this.profile.show(userId, anchor);

  editLast() {
    const { store } = this.client;
    const own = store
      .log(this.channelId)
      .messages.filter((one) => one.author.id === store.me.id && [0, 19].includes(one.type))
      .at(-1);
    const element = own && document.getElementById(`message-${own.id}`);
    if (element) this.actions.edit(this.chat.rowAt(element));
  }

  async press(message, component, values) {
    const { failures } = this.context;
    failures.delete(message.id);
    this.changed("log");
    const outcome = await this.client.press(message, component, values);
    if (outcome.kind === "modal") openModal(this, outcome);
    if (outcome.kind !== "failure") return;
    failures.set(message.id, "This interaction failed");
    this.changed("log");
  }

  async runCommand(channelId, command, more) {
    if (channelId === this.channelId) await this.chat.toPresent();
    const outcome = await this.client.command(channelId, command, more);
    if (outcome.kind === "modal") openModal(this, outcome);
  }
}

/** What a menu of users (5), roles (6), both (7) or channels (8) offers. */
function entities(store, type, kinds) {
  const users = [...store.members.values()].map(({ user }) => ({
    value: user.id,
    label: store.name(user),
    description: user.username,
  }));
  const roles = [...store.roles.values()]
    .filter((role) => role.name !== "@everyone")
    .map((role) => ({ value: role.id, label: role.name, description: "role" }));
  if (type === 5) return users;
  if (type === 6) return roles;
  if (type === 7) return [...users, ...roles];
  const channels = [...store.channels.values()].filter(
    (one) => one.name && (!kinds?.length || kinds.includes(one.type)),
  );
  return channels.map((one) => ({ value: one.id, label: one.name }));
}

const response = await fetch(PEOPLE);
new App(await response.json());
