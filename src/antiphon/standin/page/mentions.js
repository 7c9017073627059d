// Names that are typed: what is offered for them, and how Discord stores them.

import { h } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { CATEGORY } from "./kinds.js";
import { isThread } from "./store.js";

const MOST = 10;
const CODE = /(```[\s\S]*?```|`[^`\n]*`)/;

/** @name and #channel as ids; code is left alone. */
export function withIds(text, store) {
  const known = (entries) => new Map(entries.map(([name, id]) => [name.toLowerCase(), id]));
  const members = [...store.members.values()].map(({ user }) => user);
  const users = known(
    members.flatMap((user) => [
      [user.username, user.id],
      [store.name(user), user.id],
    ]),
  );
  const roles = known([...store.roles.values()].map((role) => [role.name, role.id]));
  const channels = known([...store.channels.values()].filter((one) => one.name).map((one) => [one.name, one.id]));
  const person = (all, name) => {
    const key = name.toLowerCase();
    return users.has(key) ? `<@${users.get(key)}>` : roles.has(key) ? `<@&${roles.get(key)}>` : all;
  };
  const place = (all, name) => (channels.has(name.toLowerCase()) ? `<#${channels.get(name.toLowerCase())}>` : all);
  const replace = (part) => part.replace(/(?<![\w<])@([\w.-]+)/g, person).replace(/(?<![\w<&])#([\w-]+)/g, place);
  return text
    .split(CODE)
    .map((part, n) => (n % 2 ? part : replace(part)))
    .join("");
}

/** What is offered after "@", "#" or ":" and some letters: { label, detail, icon, insert }. */
export function named(sign, typed, store) {
  if (sign === "@") return people(typed, store);
  if (sign === "#") return places(typed, store);
  return typed.length < 2 ? [] : emoji(typed);
}

function people(typed, store) {
  const users = [...store.members.values()].map(({ user }) => ({
    label: store.name(user),
    detail: user.username,
    icon: avatar(user, "small"),
    insert: `@${user.username} `,
  }));
  const mentionable = [...store.roles.values()].filter((role) => role.mentionable);
  const roles = mentionable.map((role) => ({ label: `@${role.name}`, detail: "role", insert: `@${role.name} ` }));
  return [...users, ...roles]
    .filter((one) => `${one.label} ${one.detail}`.toLowerCase().includes(typed))
    .slice(0, MOST);
}

function places(typed, store) {
  const found = [...store.channels.values()].filter(
    (one) => one.type !== CATEGORY && one.name?.toLowerCase().includes(typed),
  );
  return found
    .slice(0, MOST)
    .map((one) => ({ label: one.name, icon: icon(isThread(one) ? "thread" : "hash"), insert: `<#${one.id}> ` }));
}

function emoji(typed) {
  const found = EMOJI.filter(({ names }) => names.some((name) => name.includes(typed))).slice(0, MOST);
  return found.map(({ character, names }) => ({
    label: `:${names[0]}:`,
    icon: h("span", { class: "emoji" }, character),
    insert: `${character} `,
  }));
}
