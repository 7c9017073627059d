// One person at this client: connection, state and everything that they can do.

import { Gateway } from "./gateway.js";
import { PAGE } from "./log.js";
import { Refused, Rest } from "./rest.js";
import { EPHEMERAL, Store } from "./store.js";
import { localId } from "./times.js";

const OUTCOMES = {
  INTERACTION_SUCCESS: "success",
  INTERACTION_FAILURE: "failure",
  INTERACTION_MODAL_CREATE: "modal",
  APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE: "choices",
};
const ANSWER_MS = 5000; // the failure comes after three seconds; a little more, for one that never comes
const SUPPRESS_NOTIFICATIONS = 1 << 12;
let nonces = BigInt(Date.now()) << 22n;

export class Client {
  #waiting = new Map(); // nonce -> resolve
  #commands = new Map(); // channel id -> promise of the command index
  connection = "lost";

  /** `changed(topic)` as the store's, and "connection". */
  constructor(person, changed) {
    this.person = person;
    this.rest = new Rest(person.token);
    this.store = new Store((topic) => {
      if (topic === "commands") this.#commands.clear();
      changed(topic);
    });
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.gateway = new Gateway(`${scheme}//${location.host}/gateway`, person.token, {
      dispatch: (name, data) => this.#dispatch(name, data),
      status: (status) => {
        this.connection = status;
        changed("connection");
      },
    });
    this.gateway.connect();
  }

  #dispatch(name, data) {
    if (name in OUTCOMES) {
      this.#waiting.get(data.nonce)?.({ kind: OUTCOMES[name], id: data.id, data });
      this.#waiting.delete(data.nonce);
      return;
    }
    this.store.apply(name, data);
    if (name === "THREAD_UPDATE" || name === "READY") this.#commands.clear();
  }

  // Reading

  async load(channelId) {
    const log = this.store.log(channelId);
    const page = await this.rest.get(`/channels/${channelId}/messages?limit=${PAGE}`);
    this.#keepAuthors(page);
    log.start(page.reverse());
    this.store.changed("log");
  }

  async older(channelId) {
    const log = this.store.log(channelId);
    if (!log.hasOlder || !log.first) return;
    const page = await this.rest.get(`/channels/${channelId}/messages?limit=${PAGE}&before=${log.first.id}`);
    this.#keepAuthors(page);
    log.older(page.reverse());
    this.store.changed("log");
  }

  async newer(channelId) {
    const log = this.store.log(channelId);
    if (log.live || !log.last) return;
    const page = await this.rest.get(`/channels/${channelId}/messages?limit=${PAGE}&after=${log.last.id}`);
    this.#keepAuthors(page);
    log.newer(page.reverse());
    this.store.changed("log");
  }

  /** The window around a message. */
  async jump(channelId, messageId) {
    const log = this.store.log(channelId);
    if (log.get(messageId)) return;
    const page = (await this.rest.get(`/channels/${channelId}/messages?limit=${PAGE}&around=${messageId}`)).reverse();
    this.#keepAuthors(page);
    const newest = this.store.channels.get(channelId)?.last_message_id;
    log.jump(page, true, newest !== undefined && newest !== page.at(-1)?.id);
    this.store.changed("log");
  }

  #keepAuthors(messages) {
    for (const message of messages) this.store.keepUser(message.author);
  }

  async archived(channelId) {
    const found = await this.rest.get(`/channels/${channelId}/threads/archived/public?limit=100`);
    for (const thread of found.threads) this.store.keepChannel(thread);
  }

  pins = async (channelId) =>
    (await this.rest.get(`/channels/${channelId}/messages/pins`)).items.map((item) => item.message);

  /** Commands that can be used in a channel, each sub-command by itself, sorted by name. */
  commands(channelId) {
    if (!this.#commands.has(channelId)) {
      const found = this.rest
        .get(`/channels/${channelId}/application-command-index`)
        .then((index) => index.application_commands);
      found.catch(() => this.#commands.delete(channelId));
      this.#commands.set(channelId, found);
    }
    return this.#commands.get(channelId);
  }

  // Acting

  send(channelId, { content = "", files = [], replyTo = null, ping = true }) {
    const silent = /^@silent\s+/.exec(content);
    const body = { content: silent ? content.slice(silent[0].length) : content, nonce: this.#nonce() };
    if (silent) body.flags = SUPPRESS_NOTIFICATIONS;
    if (files.length) body.attachments = files.map((file, n) => ({ id: String(n), filename: file.name }));
    if (replyTo) {
      body.message_reference = { message_id: replyTo.id, channel_id: channelId };
      body.allowed_mentions = { parse: ["users", "roles", "everyone"], replied_user: ping };
    }
    return this.rest.post(`/channels/${channelId}/messages`, body, files);
  }

  edit = (message, content) => this.rest.patch(path(message), { content });

  async delete(message) {
    if (message.local || message.flags & EPHEMERAL) this.store.forget(message.channel_id, [message.id]);
    else await this.rest.delete(path(message));
  }

  react(message, emoji, wanted) {
    const where = `${path(message)}/reactions/${encodeURIComponent(emoji)}/@me`;
    return wanted ? this.rest.put(where) : this.rest.delete(where);
  }

  vote = (message, answers) =>
    this.rest.put(`/channels/${message.channel_id}/polls/${message.id}/answers/@me`, { answer_ids: answers.map(String) });

  pin(message, wanted) {
    const where = `/channels/${message.channel_id}/messages/pins/${message.id}`;
    return wanted ? this.rest.put(where) : this.rest.delete(where);
  }

  typing = (channelId) => this.rest.post(`/channels/${channelId}/typing`);
  startThread = (message, name) => this.rest.post(`${path(message)}/threads`, { name });
  startPost = (forumId, name, content) =>
    this.rest.post(`/channels/${forumId}/threads`, { name, message: { content } });
  archive = (threadId, archived) => this.rest.patch(`/channels/${threadId}`, { archived });

  async openDm(userId) {
    const channel = await this.rest.post("/users/@me/channels", { recipients: [userId] });
    this.store.keepChannel(channel);
    return channel.id;
  }

  // Interactions

  #nonce() {
    nonces += 1n;
    return String(nonces);
  }

  /** Sends one and waits: { kind: "success" | "failure" | "modal" | "choices", id, data }. */
  async interact(channelId, body, files = []) {
    const nonce = this.#nonce();
    const { store } = this;
    const whole = {
      ...body,
      application_id: store.applicationId,
      channel_id: channelId,
      guild_id: store.channels.get(channelId)?.guild_id,
      session_id: store.sessionId,
      nonce,
    };
    let timer;
    const answer = new Promise((resolve) => {
      this.#waiting.set(nonce, resolve);
      timer = setTimeout(() => resolve({ kind: "failure", id: "", data: {} }), ANSWER_MS);
    });
    try {
      await this.rest.post("/interactions", whole, files);
      return await answer;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { kind: "failure", id: "", data: {}, refused: error };
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(nonce);
    }
  }

  press = (message, component, values) =>
    this.interact(message.channel_id, {
      type: 3,
      message_id: message.id,
      message_flags: message.flags,
      data: { component_type: component.type, custom_id: component.custom_id, ...(values ? { values } : {}) },
    });

  submit = (modal, channelId, components, files) =>
    this.interact(
      channelId,
      {
        type: 5,
        data: { id: modal.id, custom_id: modal.data.custom_id, components, attachments: described(files) },
      },
      files,
    );

  complete = (channelId, command, options) =>
    this.interact(channelId, { type: 4, data: { ...identity(command), options } });

  /** A command. While it is on its way, and when it fails, a note that only this person sees says so. */
  async command(channelId, command, { options = [], target = null, files = [], words = command.name }) {
    const data = { ...identity(command), options, attachments: described(files) };
    if (target) data.target_id = target;
    const { store } = this;
    const note = {
      id: localId(),
      channel_id: channelId,
      type: 20,
      flags: EPHEMERAL | 128,
      content: "",
      local: true,
      author: store.users.get(store.applicationId) ?? { id: store.applicationId, username: "app", bot: true },
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      mentions: [],
      mention_roles: [],
      attachments: [],
      embeds: [],
      components: [],
      sending: true,
      interaction_metadata: { user: store.me, name: words, command_type: command.type, type: 2 },
    };
    // A quick answer needs no note.
    const late = setTimeout(() => store.message(note), 400);
    const outcome = await this.interact(channelId, { type: 2, data }, files);
    clearTimeout(late);
    store.forget(channelId, [note.id]);
    if (outcome.kind === "failure") {
      const failed = outcome.refused?.message ?? "The application did not respond";
      store.message({ ...note, id: localId(), sending: false, flags: EPHEMERAL, failed });
    }
    return outcome;
  }
}

const path = (message) => `/channels/${message.channel_id}/messages/${message.id}`;
const described = (files) => files.map((file, n) => ({ id: String(n), filename: file.name }));
const identity = ({ id, name, type, version, guild_id }) => ({
  id,
  name,
  type,
  version,
  ...(guild_id ? { guild_id } : {}),
});
