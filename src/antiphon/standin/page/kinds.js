// Kinds of channels: their numbers, how the list of places draws them, and what a screen reader says.

export const TEXT = 0,
  DM = 1,
  CATEGORY = 4;

const KINDS = {
  2: "voice",
  5: "news",
  13: "stage",
  15: "forum",
  16: "media",
};

export const WORDS = {
  hash: "text channel",
  voice: "voice channel",
  news: "announcement channel",
  stage: "stage",
  forum: "forum",
  media: "media channel",
  thread: "thread",
  archived: "archived thread",
  dm: "direct message",
};

/** The kind of a channel that is neither a thread nor a direct message; also the name of its drawing. */
export const kindOf = (channel) => KINDS[channel?.type] ?? "hash";

/** Whether all messages of a channel are in posts. */
export const hasPosts = (channel) => ["forum", "media"].includes(kindOf(channel));
