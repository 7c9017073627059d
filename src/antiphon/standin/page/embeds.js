// Embeds as Discord draws them.

import { css, h } from "./dom.js";
import { media } from "./attachments.js";
import { markdown } from "./markdown.js";
import { posted } from "./times.js";

const link = (url, inner) =>
  url
    ? h("a", { class: "md-link", href: safe(url), target: "_blank", rel: "noopener noreferrer nofollow" }, inner)
    : inner;
const safe = (url) => (/^https?:/.test(url) ? url : undefined);

export function embed(data, { names, look }) {
  const text = (value, inline = false) => markdown(value, names, { inline });
  const color = data.color === undefined || data.color === null ? undefined : { "--accent": css(data.color) };
  const { author, footer, fields = [], thumbnail, image } = data;
  return h(
    "article",
    { class: `embed${thumbnail ? " with-thumbnail" : ""}`, style: color, "aria-label": data.title ?? "Embed" },
    h(
      "div",
      { class: "embed-text" },
      data.provider?.name && h("div", { class: "embed-provider" }, data.provider.name),
      author && h("div", { class: "embed-author" }, link(author.url, author.name)),
      data.title && h("div", { class: "embed-title" }, link(data.url, text(data.title, true))),
      data.description && h("div", { class: "embed-description md" }, text(data.description)),
      fields.length > 0 &&
        h(
          "div",
          { class: "embed-fields" },
          rows(fields).map((row) => fieldRow(row, text)),
        ),
    ),
    thumbnail &&
      h("div", { class: "embed-thumbnail" }, media(thumbnail, { look, name: "Thumbnail", width: 80, height: 80 })),
    image && h("div", { class: "embed-image" }, media(image, { look, name: "Image", width: 400, height: 300 })),
    (footer || data.timestamp) &&
      h(
        "footer",
        { class: "embed-footer" },
        [footer?.text, data.timestamp && posted(Date.parse(data.timestamp))].filter(Boolean).join(" • "),
      ),
  );
}

/** Up to three inline fields share a row. */
function rows(fields) {
  const found = [];
  for (const field of fields) {
    const last = found.at(-1);
    if (field.inline && last?.[0].inline && last.length < 3) last.push(field);
    else found.push([field]);
  }
  return found;
}

function fieldRow(row, text) {
  return row.map((field) =>
    h(
      "div",
      { class: "embed-field", style: { "grid-column": `span ${12 / row.length}` } },
      h("div", { class: "embed-field-name" }, text(field.name, true)),
      h("div", { class: "embed-field-value md" }, text(field.value)),
    ),
  );
}
