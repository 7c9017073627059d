// One gateway connection, kept up: heartbeats, resume after a loss, a new session where a resume is refused.

const FATAL = new Set([4004, 4010, 4011, 4012, 4013, 4014]);
const NO_RESUME = new Set([1000, 1001, 4007, 4009]);
const LONGEST_WAIT = 8000;

export class Gateway {
  #socket = null;
  #sequence = null;
  #session = null;
  #beating = null;
  #retrying = null;
  #acknowledged = true;
  #losses = 0;
  #closed = false;

  /** `dispatch(name, data)` for each event; `status("open" | "lost" | "refused")` when that changes. */
  constructor(url, token, { dispatch, status }) {
    this.url = url;
    this.token = token;
    this.dispatch = dispatch;
    this.status = status;
  }

  connect() {
    // Not READY's resume_gateway_url: the page may have been opened under another name of this machine.
    const socket = new WebSocket(`${this.url}?v=10&encoding=json`);
    this.#socket = socket;
    socket.onmessage = (event) => socket === this.#socket && this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.code);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#beating);
    clearTimeout(this.#retrying);
    this.#socket?.close(1000);
  }

  #send(op, d) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ op, d }));
  }

  #receive(frame) {
    switch (frame.op) {
      case 0:
        this.#sequence = frame.s;
        this.#event(frame.t, frame.d);
        break;
      case 1:
        this.#send(1, this.#sequence);
        break;
      case 7:
        this.#socket.close(4000);
        break;
      case 9:
        if (!frame.d) this.#session = this.#sequence = null;
        this.#socket.close(4000);
        break;
      case 10:
        this.#hello(frame.d.heartbeat_interval);
        break;
      case 11:
        this.#acknowledged = true;
        break;
    }
  }

  #hello(interval) {
    this.#acknowledged = true;
    const beat = () => {
      if (!this.#acknowledged) {
        // A zombie: nothing has come back since the last beat.
        const socket = this.#socket;
        this.#lost(4000);
        socket.close(4000);
        return;
      }
      this.#acknowledged = false;
      this.#send(1, this.#sequence);
      this.#beating = setTimeout(beat, interval);
    };
    clearTimeout(this.#beating);
    this.#beating = setTimeout(beat, interval * Math.random());
    const { token } = this;
    if (this.#session) this.#send(6, { token, session_id: this.#session, seq: this.#sequence });
    else this.#send(2, { token, properties: { os: "", browser: "page", device: "page" } });
  }

  #event(name, data) {
    if (name === "READY") this.#session = data.session_id;
    if (name === "READY" || name === "RESUMED") {
      this.#losses = 0;
      this.status("open");
    }
    this.dispatch(name, data);
  }

  #lost(code) {
    clearTimeout(this.#beating);
    this.#socket = null;
    if (this.#closed) return;
    if (FATAL.has(code)) {
      this.status("refused");
      return;
    }
    if (NO_RESUME.has(code)) this.#session = this.#sequence = null;
    this.status("lost");
    const wait = Math.min(250 * 2 ** this.#losses, LONGEST_WAIT);
    this.#losses += 1;
    this.#retrying = setTimeout(() => this.connect(), wait);
  }
}
