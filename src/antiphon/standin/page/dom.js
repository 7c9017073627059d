// Building and patching the document. User text only ever becomes text nodes here: nothing is parsed as HTML.

/** An element. `props`: class, on<event>, dataset, style (an object), aria-*, role and plain properties. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  append(element, children);
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "class") element.className = value;
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
  else if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
  else if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
  else element[name] = value;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

const CONTROLS = "a[href],button,[tabindex='0']";

const NAMES = ["href", "aria-label"];
const known = (control) =>
  JSON.stringify([control.tagName, NAMES.map((name) => control.getAttribute(name)), control.dataset]);

/** A press counts also where its control was made anew between down and up: what is shown goes on changing meanwhile. */
export function keepPresses() {
  let pressed = null;
  addEventListener("pointerdown", (event) => (pressed = event.button ? null : event.target.closest?.(CONTROLS)), true);
  addEventListener(
    "pointerup",
    (event) => {
      const was = pressed;
      pressed = null;
      if (!was || was.isConnected) return;
      const now = event.target.closest?.(CONTROLS);
      if (now && known(now) === known(was)) now.click();
    },
    true,
  );
}

/** Other children for `parent`. The focus stays in its place among the controls, or goes to what holds them all. */
export function refill(parent, nodes) {
  const controls = () => [...parent.querySelectorAll(CONTROLS)];
  const at = controls().indexOf(document.activeElement);
  parent.replaceChildren(...nodes);
  if (at === -1) return;
  const left = controls();
  (left[Math.min(at, left.length - 1)] ?? parent.closest("[tabindex]"))?.focus({ preventScroll: true });
}

/**
 * Makes `parent` hold one child for each key, in order, keeping the children that are there already.
 * `make(item)` builds a child; `update(child, item)` refreshes one that is there, or returns another to take its place.
 */
export function reconcile(parent, items, { key, make, update }) {
  const old = new Map();
  for (const child of [...parent.children]) {
    if (child.dataset.key === undefined) child.remove();
    else old.set(child.dataset.key, child);
  }
  let at = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = old.get(name);
    old.delete(name);
    if (child === undefined) {
      child = make(item);
    } else {
      const fresh = update?.(child, item);
      if (fresh instanceof Node) {
        const held = child.contains(document.activeElement);
        child.replaceWith(fresh);
        if (held) (fresh.matches(CONTROLS) ? fresh : fresh.querySelector(CONTROLS))?.focus({ preventScroll: true });
        if (at === child) at = fresh;
        child = fresh;
      }
    }
    child.dataset.key = name;
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  for (const child of old.values()) child.remove();
}

/** Calls `work` once in the next frame, however often it is asked for; also in a tab that is not shown. */
export function everyFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const run = () => {
      if (!waiting) return;
      waiting = false;
      work();
    };
    if (document.hidden) setTimeout(run, 100);
    else requestAnimationFrame(run);
  };
}

/** "1.4 MB", as Discord writes sizes. */
export function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  let n = 0;
  let amount = bytes;
  while (amount >= 1024 && n < units.length - 1) {
    amount /= 1024;
    n += 1;
  }
  return `${n ? amount.toFixed(2).replace(/\.?0+$/, "") : amount} ${units[n]}`;
}

/** Discord's colour number as CSS. */
export const css = (color) => `#${color.toString(16).padStart(6, "0")}`;

const GROUND = 0x3f3b36; // the lightest that names stand on: a message that pings, as base.css has it
const READABLE = 4.5; // WCAG's contrast of text

function luminance(color) {
  const [red, green, blue] = [16, 8, 0].map((shift) => {
    const share = ((color >> shift) & 255) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const mixed = (color, other, share) =>
  [16, 8, 0].reduce((all, shift) => {
    const [from, to] = [(color >> shift) & 255, (other >> shift) & 255];
    return all | (Math.round(from + (to - from) * share) << shift);
  }, 0);

/** A role's colour for text: as light as it takes to be read. `tint`: how much of it is in the ground, too. */
export function ink(color, tint = 0) {
  const ground = luminance(mixed(GROUND, color, tint));
  for (let share = 0; share < 1; share += 0.05) {
    const lighter = mixed(color, 0xffffff, share);
    if ((luminance(lighter) + 0.05) / (ground + 0.05) >= READABLE) return css(lighter);
  }
  return css(0xffffff);
}

/** An address of the local Discord's own files as a path, whatever name of this machine it carries; else null. */
export function ownFile(url) {
  try {
    const found = new URL(url, location.href);
    const local = found.hostname === "127.0.0.1" || found.hostname === "localhost";
    return local && found.port === location.port ? found.pathname + found.search : null;
  } catch {
    return null;
  }
}
