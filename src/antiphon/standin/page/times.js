// Instants as Discord shows them, and the clock that keeps relative ones true.

const EPOCH = 1420070400000n;
const LANGUAGE = "en-GB";
const formats = new Map();

function format(name, options) {
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(LANGUAGE, options));
  return formats.get(name);
}

const STYLES = {
  t: { hour: "2-digit", minute: "2-digit" },
  T: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  d: { day: "2-digit", month: "2-digit", year: "numeric" },
  D: { day: "numeric", month: "long", year: "numeric" },
  f: { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
  F: { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
};
const UNITS = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

export const STYLE_NAMES = "tTdDfFR";

/** When an id was given, in milliseconds since 1970. */
export const createdAt = (id) => Number((BigInt(id) >> 22n) + EPOCH);

/** An id for what exists in this browser alone; it sorts behind all that the server has given so far. */
export const localId = () => String(((BigInt(Date.now()) - EPOCH) << 22n) + 4194303n);

/** `<t:…:style>` as words. */
export function stamp(seconds, style, now = Date.now()) {
  if (style === "R") return relative(seconds, now);
  return format(style, STYLES[style] ?? STYLES.f).format(seconds * 1000);
}

function relative(seconds, now) {
  const distance = Math.round(seconds - now / 1000);
  const [unit, length] = UNITS.find(([, one]) => Math.abs(distance) >= one) ?? UNITS[5];
  const words = new Intl.RelativeTimeFormat("en", { numeric: unit === "second" ? "always" : "auto" });
  return words.format(Math.trunc(distance / length), unit);
}

/** The time beside an author's name. */
export function posted(milliseconds, now = Date.now()) {
  const clock = format("t", STYLES.t).format(milliseconds);
  const days = dayNumber(now) - dayNumber(milliseconds);
  if (days === 0) return clock;
  if (days === 1) return `Yesterday at ${clock}`;
  return `${format("d", STYLES.d).format(milliseconds)}, ${clock}`;
}

export const clock = (milliseconds) => format("t", STYLES.t).format(milliseconds);
export const day = (milliseconds) => format("D", STYLES.D).format(milliseconds);
export const full = (milliseconds) => format("F", STYLES.F).format(milliseconds);

/** A number that changes at midnight, local time. */
export function dayNumber(milliseconds) {
  const date = new Date(milliseconds);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86400000);
}

/** Keeps every relative time in `root` true, once a second. */
export function tick(root) {
  setInterval(() => {
    const now = Date.now();
    for (const one of root.querySelectorAll("time[data-relative]")) {
      const words = relative(Number(one.dataset.relative), now);
      if (one.textContent !== words) one.textContent = words;
    }
  }, 1000);
}
