// Files: pictures inline, text to look into, everything to download. Nothing is fetched from another host.

import { h, ownFile, size } from "./dom.js";
import { highlight } from "./highlight.js";
import { icon } from "./icons.js";
import { veil } from "./spoilers.js";

const PREVIEW_BYTES = 256 * 1024;
const TEXT =
  /\.(?:txt|md|py|js|mjs|ts|tsx|json|jsonl|toml|ya?ml|ini|cfg|sh|diff|patch|log|csv|html|css|rs|go|java|c|h|cpp|sql|xml)$/i;

const extension = (name) => /\.(\w+)$/.exec(name)?.[1] ?? "";
const isImage = (one) => /^image\/(?:png|jpe?g|gif|webp|avif|svg)/.test(one.content_type ?? "");
const isText = (one) => (one.content_type ?? "").startsWith("text/") || TEXT.test(one.filename);

/** Width and height that keep the shape and fit into a box; undefined while they are not known. */
function fit(one, most) {
  if (!one.width || !one.height) return undefined;
  const scale = Math.min(1, most.width / one.width, most.height / one.height);
  return { width: Math.max(1, Math.round(one.width * scale)), height: Math.max(1, Math.round(one.height * scale)) };
}

/** A picture in a message or embed. One on another host is only named: this page fetches nothing from outside. */
export function media(one, { look, name, width, height, spoiler = false }) {
  const source = ownFile(one.url);
  if (source === null) {
    const host = /^https?:\/\/([^/?#]+)/.exec(one.url)?.[1] ?? "elsewhere";
    return h(
      "a",
      {
        class: "media-away",
        href: /^https?:/.test(one.url) ? one.url : undefined,
        target: "_blank",
        rel: "noopener noreferrer",
      },
      icon("link"),
      `${name} at ${host}`,
    );
  }
  if (/^video\//.test(one.content_type ?? "")) {
    return h("video", {
      class: "media",
      src: source,
      controls: true,
      preload: "metadata",
      "aria-label": one.description ?? name,
      ...fit(one, { width, height }),
    });
  }
  const image = h("img", {
    class: "media",
    src: source,
    alt: one.description ?? name,
    loading: "lazy",
    decoding: "async",
    ...fit(one, { width, height }),
  });
  const alt = one.description ?? name;
  const open = () => look(source, alt);
  const frame = h("button", { class: "media-frame", type: "button", "aria-label": `Open ${alt}`, onclick: open }, image);
  return spoiler ? veil(h("div", { class: "veil" }, frame), name) : frame;
}

/** A file as a card, with a look inside for text. */
export function fileCard(one, { spoiler = false } = {}) {
  const source = ownFile(one.url);
  const name = one.filename ?? one.name ?? "file";
  const preview = h("div", { class: "file-preview", hidden: true });
  const toggle =
    isText({ ...one, filename: name }) &&
    source &&
    (one.size ?? 0) <= PREVIEW_BYTES &&
    h(
      "button",
      {
        class: "icon-button",
        type: "button",
        title: "Look inside",
        "aria-label": `Look inside ${name}`,
        "aria-expanded": "false",
        onclick: () => unfold(preview, toggle, source, name),
      },
      icon("eye"),
    );
  const card = h(
    "div",
    { class: "file" },
    h(
      "div",
      { class: "file-head" },
      icon("file"),
      h(
        "div",
        { class: "file-about" },
        h("a", { class: "md-link file-name", href: source ?? undefined, download: name }, name),
        h("div", { class: "file-size" }, one.size === undefined ? "" : size(one.size)),
      ),
      toggle,
      h(
        "a",
        {
          class: "icon-button",
          href: source ?? undefined,
          download: name,
          title: "Download",
          "aria-label": `Download ${name}`,
        },
        icon("download"),
      ),
    ),
    preview,
  );
  return spoiler ? veil(card, name) : card;
}

async function unfold(preview, toggle, source, name) {
  preview.hidden = !preview.hidden;
  toggle.setAttribute("aria-expanded", String(!preview.hidden));
  if (preview.hidden || preview.firstChild) return;
  const response = await fetch(source);
  const text = response.ok ? await response.text() : "This file is no longer available.";
  preview.replaceChildren(h("pre", { class: "md-block" }, h("code", {}, highlight(text, extension(name)))));
}

const hidden = (one) => one.filename.startsWith("SPOILER_");

export function attachments(list, { look }) {
  const images = list.filter(isImage);
  const rest = list.filter((one) => !images.includes(one));
  const most = images.length > 1 ? { width: 270, height: 200 } : { width: 550, height: 350 };
  return [
    images.length > 0 &&
      h(
        "div",
        { class: `pictures${images.length > 1 ? " many" : ""}` },
        images.map((one) => media(one, { look, name: one.filename, spoiler: hidden(one), ...most })),
      ),
    ...rest.map((one) => fileCard(one, { spoiler: hidden(one) })),
  ].filter(Boolean);
}
