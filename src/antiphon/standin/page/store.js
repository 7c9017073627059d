// What one person's client knows, reduced from the gateway's events. No DOM, no network.
//
// `changed(topic)` is called for every change: "channels", "log", "typing", "notices", "people", "commands".

import { DM } from "./kinds.js";
import { MessageLog, byId } from "./log.js";

export const EPHEMERAL = 1 << 6,
  LOADING = 1 << 7,
  SILENT = 1 << 12,
  COMPONENTS_V2 = 1 << 15;
export const MANAGE_MESSAGES = 1n << 13n,
  PIN_MESSAGES = 1n << 51n;
const ADMINISTRATOR = 1n << 3n;
const NOTICES_KEPT = 200;
const TYPING_MS = 10000;
const MUTE_TYPES = new Set([4, 6, 18, 21]); // Discord's own notes: nobody is told of them

export const isThread = (channel) => channel?.thread_metadata !== undefined;

export class Store {
  me = null;
  applicationId = null;
  sessionId = null;
  guilds = new Map();
  channels = new Map();
  users = new Map();
  members = new Map();
  roles = new Map();
  logs = new Map();
  unread = new Map(); // channel id -> { since, count, pings }
  typing = new Map(); // channel id -> Map(user id -> until)
  notices = [];
  noticed = 0; // how many there have ever been
  viewing = null; // the channel that is looked at, and so always read

  constructor(changed) {
    this.changed = changed;
  }

  log(channelId) {
    if (!this.logs.has(channelId)) this.logs.set(channelId, new MessageLog());
    return this.logs.get(channelId);
  }

  // Names

  member = (userId) => this.members.get(userId);
  name(user) {
    return this.members.get(user.id)?.nick ?? user.global_name ?? user.username;
  }
  nameOf(userId) {
    const user = this.users.get(userId);
    return user ? this.name(user) : "somebody";
  }
  /** The colour of a member's highest role that has one. */
  colorOf(userId) {
    const roles = (this.members.get(userId)?.roles ?? []).map((id) => this.roles.get(id)).filter((role) => role?.color);
    return roles.sort((a, b) => b.position - a.position)[0]?.color ?? 0;
  }
  title(channel) {
    if (!channel) return "";
    return channel.type === DM ? channel.recipients.map((user) => this.name(user)).join(", ") : channel.name;
  }
  /** How Markdown finds names. */
  names = {
    user: (id) => (this.users.has(id) ? { name: this.nameOf(id), me: id === this.me?.id } : null),
    role: (id) => {
      const role = this.roles.get(id);
      return role ? { name: role.name.replace(/^@/, ""), color: role.color, me: this.#hasRole(id) } : null;
    },
    channel: (id) => {
      const channel = this.channels.get(id);
      return channel ? { name: this.title(channel), kind: isThread(channel) ? "thread" : "channel" } : null;
    },
  };
  #hasRole(id) {
    return this.members.get(this.me?.id)?.roles.includes(id) ?? false;
  }

  /** Whether this person has a permission in the guild (channel overwrites are left to the server). */
  may(bit) {
    const guild = [...this.guilds.values()][0];
    if (guild?.owner_id === this.me?.id) return true;
    const ids = [guild?.id, ...(this.members.get(this.me?.id)?.roles ?? [])];
    const bits = ids.reduce((all, id) => all | BigInt(this.roles.get(id)?.permissions ?? 0), 0n);
    return Boolean(bits & (bit | ADMINISTRATOR));
  }

  // Lists

  threads(parentId, archived) {
    const found = [...this.channels.values()].filter((c) => c.parent_id === parentId && isThread(c));
    return found
      .filter((thread) => thread.thread_metadata.archived === archived)
      .sort((a, b) => byId(b.last_message_id ?? b.id, a.last_message_id ?? a.id));
  }

  typists(channelId, now = Date.now()) {
    const found = [...(this.typing.get(channelId) ?? [])];
    return found.filter(([id, until]) => until > now && id !== this.me.id).map(([id]) => this.nameOf(id));
  }

  mentions(message) {
    return (
      message.mention_everyone ||
      message.mentions?.some((user) => user.id === this.me.id) ||
      message.mention_roles?.some((id) => this.#hasRole(id)) ||
      false
    );
  }

  read(channelId) {
    if (this.unread.delete(channelId)) this.changed("channels");
  }

  get pings() {
    return [...this.unread.values()].reduce((all, one) => all + one.pings, 0);
  }

  // Events

  apply(name, data) {
    const handle = EVENTS[name];
    if (handle) handle(this, data);
  }

  keepUser(user) {
    if (user && !this.users.has(user.id)) this.users.set(user.id, user);
  }

  keepChannel(channel, guildId) {
    const old = this.channels.get(channel.id);
    this.channels.set(channel.id, { ...old, ...channel, guild_id: channel.guild_id ?? guildId });
    for (const user of channel.recipients ?? []) this.keepUser(user);
    this.changed("channels");
  }

  keepMember(member) {
    this.users.set(member.user.id, member.user);
    this.members.set(member.user.id, member);
    this.changed("people");
  }

  dropChannel(id) {
    for (const known of [this.channels, this.logs, this.unread, this.typing]) known.delete(id);
    this.changed("channels");
  }

  forget(channelId, ids) {
    const log = this.logs.get(channelId);
    if (log && ids.map((id) => log.remove(id)).some(Boolean)) this.changed("log");
    const unread = this.unread.get(channelId);
    if (unread && ids.includes(unread.since) && unread.count <= ids.length) this.read(channelId);
  }

  message(message) {
    this.keepUser(message.author);
    const channel = this.channels.get(message.channel_id);
    if (channel && !(message.flags & EPHEMERAL)) this.#count(channel, message);
    if (this.logs.get(message.channel_id)?.add(message)) this.changed("log");
    this.typing.get(message.channel_id)?.delete(message.author.id);
    this.changed("typing");
    if (message.author.id !== this.me.id) this.#notice(message, channel);
  }

  /** A thread counts its messages by what it hears; only changes of the thread itself bring the number along. */
  #count(channel, message) {
    channel.last_message_id = message.id;
    if (!isThread(channel)) return;
    if (message.type !== 21) channel.message_count = (channel.message_count ?? 0) + 1;
    this.changed("channels");
  }

  #notice(message, channel) {
    if (MUTE_TYPES.has(message.type) || message.flags & EPHEMERAL) return;
    const pingsMe = this.mentions(message) || (channel?.type === DM && !message.author.system);
    const silent = Boolean(message.flags & SILENT);
    if (message.channel_id !== this.viewing) {
      const old = this.unread.get(message.channel_id) ?? { since: message.id, count: 0, pings: 0 };
      this.unread.set(message.channel_id, { ...old, count: old.count + 1, pings: old.pings + (pingsMe ? 1 : 0) });
      this.changed("channels");
    }
    this.notices.unshift({ message, pingsMe, silent, at: Date.now() });
    this.noticed += 1;
    this.notices.length = Math.min(this.notices.length, NOTICES_KEPT);
    this.changed("notices");
  }

  vote(data, by) {
    const log = this.logs.get(data.channel_id);
    const poll = log?.get(data.message_id)?.poll;
    if (!poll) return;
    const counts = poll.results.answer_counts.map((one) => ({ ...one }));
    const found = counts.find((one) => one.id === data.answer_id) ?? { id: data.answer_id, count: 0, me_voted: false };
    if (!counts.includes(found)) counts.push(found);
    found.count += by;
    if (data.user_id === this.me.id) found.me_voted = by > 0;
    log.change({ id: data.message_id, poll: { ...poll, results: { ...poll.results, answer_counts: counts } } });
    this.changed("log");
  }

  react(data, { by, all }) {
    const log = this.logs.get(data.channel_id);
    const message = log?.get(data.message_id);
    if (!message) return;
    const reactions = all && !data.emoji ? [] : (message.reactions ?? []).map((one) => ({ ...one }));
    if (data.emoji) {
      const found = reactions.find((one) => one.emoji.name === data.emoji.name) ?? {
        emoji: data.emoji,
        count: 0,
        me: false,
      };
      if (!reactions.includes(found)) reactions.push(found);
      found.count = all ? 0 : found.count + by;
      if (data.user_id === this.me.id) found.me = by > 0;
    }
    log.change({ id: message.id, reactions: reactions.filter((one) => one.count > 0) });
    this.changed("log");
  }
}

const EVENTS = {
  READY(store, data) {
    store.me = data.user;
    store.sessionId = data.session_id;
    store.applicationId = data.application.id;
    store.channels.clear();
    store.keepUser(data.user);
    for (const channel of data.private_channels) store.keepChannel(channel);
    for (const log of store.logs.values()) log.reset();
    store.changed("people");
  },
  GUILD_CREATE(store, guild) {
    const { channels, threads, members, roles, ...rest } = guild;
    store.guilds.set(guild.id, rest);
    for (const role of roles) store.roles.set(role.id, role);
    for (const member of members) store.keepMember(member);
    for (const channel of [...channels, ...threads]) store.keepChannel(channel, guild.id);
  },
  CHANNEL_CREATE: (store, data) => store.keepChannel(data),
  CHANNEL_UPDATE: (store, data) => store.keepChannel(data),
  CHANNEL_DELETE: (store, data) => store.dropChannel(data.id),
  THREAD_CREATE: (store, data) => store.keepChannel(data),
  THREAD_UPDATE: (store, data) => store.keepChannel(data),
  THREAD_DELETE: (store, data) => store.dropChannel(data.id),
  GUILD_ROLE_CREATE: (store, data) => store.roles.set(data.role.id, data.role),
  GUILD_ROLE_UPDATE: (store, data) => store.roles.set(data.role.id, data.role),
  GUILD_MEMBER_ADD: (store, data) => store.keepMember(data),
  GUILD_MEMBER_UPDATE: (store, data) => store.keepMember(data),
  GUILD_MEMBER_REMOVE(store, data) {
    store.members.delete(data.user.id);
    store.changed("people");
  },
  GUILD_APPLICATION_COMMAND_INDEX_UPDATE: (store) => store.changed("commands"),
  MESSAGE_CREATE: (store, data) => store.message(data),
  MESSAGE_UPDATE(store, data) {
    if (store.logs.get(data.channel_id)?.change(data)) store.changed("log");
  },
  MESSAGE_DELETE: (store, data) => store.forget(data.channel_id, [data.id]),
  MESSAGE_DELETE_BULK: (store, data) => store.forget(data.channel_id, data.ids),
  MESSAGE_REACTION_ADD: (store, data) => store.react(data, { by: 1 }),
  MESSAGE_REACTION_REMOVE: (store, data) => store.react(data, { by: -1 }),
  MESSAGE_REACTION_REMOVE_EMOJI: (store, data) => store.react(data, { all: true }),
  MESSAGE_REACTION_REMOVE_ALL: (store, data) => store.react(data, { all: true }),
  MESSAGE_POLL_VOTE_ADD: (store, data) => store.vote(data, 1),
  MESSAGE_POLL_VOTE_REMOVE: (store, data) => store.vote(data, -1),
  TYPING_START(store, data) {
    if (!store.typing.has(data.channel_id)) store.typing.set(data.channel_id, new Map());
    store.typing.get(data.channel_id).set(data.user_id, Date.now() + TYPING_MS);
    store.keepUser(data.member?.user);
    store.changed("typing");
  },
};
