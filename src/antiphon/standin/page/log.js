// A window onto one channel's messages: at most WINDOW of them, somewhere in its history.

export const WINDOW = 150;
export const PAGE = 50;

/** Order of ids, which are too large for numbers. */
export const byId = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

export class MessageLog {
  messages = [];
  loaded = false;
  /** Older ones exist that are not in the window. */
  hasOlder = true;
  /** The window reaches the newest message, so new ones are shown at once. */
  live = true;
  /** Whoever looks sees the newest message; then the window may lose its oldest ones. */
  following = true;
  #byId = new Map();

  get = (id) => this.#byId.get(id);
  get first() {
    return this.messages[0];
  }
  get last() {
    return this.messages.at(-1);
  }

  /** A new message. Returns whether the window shows it. */
  add(message) {
    if (!this.live) return false;
    if (this.#byId.has(message.id)) return this.change(message);
    this.#insert(message);
    if (this.messages.length > WINDOW) {
      if (this.following) this.#dropOldest();
      else this.#dropNewest();
    }
    return true;
  }

  /** A changed message; returns whether the window shows it. */
  change(message) {
    const old = this.#byId.get(message.id);
    if (!old) return false;
    const merged = { ...old, ...message };
    this.#byId.set(message.id, merged);
    this.messages[this.messages.indexOf(old)] = merged;
    return true;
  }

  remove(id) {
    const old = this.#byId.get(id);
    if (!old) return false;
    this.#byId.delete(id);
    this.messages.splice(this.messages.indexOf(old), 1);
    return true;
  }

  /** The newest page. What arrived while it was on its way stays. */
  start(page, limit = PAGE) {
    const newest = page.at(-1)?.id ?? "0";
    this.#replace([...page, ...this.messages.filter((one) => one.flags & 64 || byId(one.id, newest) > 0)]);
    this.loaded = this.live = true;
    this.hasOlder = page.length >= limit;
  }

  /** Forgets everything: events were missed. */
  reset() {
    this.#replace([]);
    this.loaded = false;
    this.live = this.hasOlder = true;
  }

  /** A page from the middle of the history. */
  jump(page, older, newer) {
    this.#replace(page);
    this.loaded = true;
    this.live = !newer;
    this.hasOlder = older;
  }

  older(page) {
    this.hasOlder = page.length >= PAGE;
    for (const message of page) if (!this.#byId.has(message.id)) this.#insert(message);
    while (this.messages.length > WINDOW) this.#dropNewest();
  }

  newer(page) {
    for (const message of page) if (!this.#byId.has(message.id)) this.#insert(message);
    this.live = page.length < PAGE;
    while (this.messages.length > WINDOW) this.#dropOldest();
  }

  /** What nobody looks at keeps its newest messages only. */
  shrink() {
    if (!this.live) this.reset();
    while (this.messages.length > PAGE) this.#dropOldest();
  }

  #replace(messages) {
    this.#byId = new Map(messages.map((message) => [message.id, message]));
    this.messages = [...this.#byId.values()].sort((a, b) => byId(a.id, b.id));
  }

  #insert(message) {
    this.#byId.set(message.id, message);
    let at = this.messages.length;
    while (at > 0 && byId(this.messages[at - 1].id, message.id) > 0) at -= 1;
    this.messages.splice(at, 0, message);
  }

  #dropOldest() {
    this.#byId.delete(this.messages.shift().id);
    this.hasOlder = true;
  }

  #dropNewest() {
    this.#byId.delete(this.messages.pop().id);
    this.live = false;
  }
}
