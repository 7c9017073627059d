// Discord's REST API as its own client uses it: with a person's token. Waits out rate limits, explains refusals.

const TRIES = 4;

/** Discord refused. `message` is for people; `code` and `status` as Discord gave them. */
export class Refused extends Error {
  constructor(status, payload) {
    super(explain(payload) ?? `Discord answered ${status}.`);
    this.status = status;
    this.code = payload?.code ?? 0;
    this.payload = payload;
  }
}

/** The first concrete complaint of an error body. */
function explain(payload) {
  if (payload === null || typeof payload !== "object") return null;
  const inner = firstError(payload.errors);
  return inner ?? payload.message ?? null;
}

function firstError(node) {
  if (node === null || typeof node !== "object") return null;
  if (Array.isArray(node._errors) && node._errors.length) return node._errors[0].message;
  for (const child of Object.values(node)) {
    const found = firstError(child);
    if (found) return found;
  }
  return null;
}

export class Rest {
  constructor(token, base = "/api/v10") {
    this.token = token;
    this.base = base;
  }

  get = (path) => this.request("GET", path);
  post = (path, body, files) => this.request("POST", path, body, files);
  patch = (path, body, files) => this.request("PATCH", path, body, files);
  put = (path, body) => this.request("PUT", path, body);
  delete = (path) => this.request("DELETE", path);

  /** The answer's JSON, or null. Throws Refused; a network failure is a Refused with status 0. */
  async request(method, path, body, files = []) {
    for (let tried = 1; ; tried += 1) {
      const response = await this.#send(method, path, body, files);
      const text = await response.text();
      const json = response.headers.get("Content-Type")?.startsWith("application/json");
      const payload = text && json ? JSON.parse(text) : null;
      if (response.ok) return payload;
      if (response.status !== 429 || tried === TRIES) throw new Refused(response.status, payload);
      await new Promise((resolve) => setTimeout(resolve, Math.min(payload?.retry_after ?? 1, 10) * 1000));
    }
  }

  async #send(method, path, body, files) {
    const headers = { Authorization: this.token };
    let content;
    if (files.length) {
      content = new FormData();
      content.append("payload_json", JSON.stringify(body));
      files.forEach((file, n) => content.append(`files[${n}]`, file, file.name));
    } else if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      content = JSON.stringify(body);
    }
    try {
      return await fetch(this.base + path, { method, headers, body: content });
    } catch {
      throw new Refused(0, { message: "The local Discord cannot be reached." });
    }
  }
}
