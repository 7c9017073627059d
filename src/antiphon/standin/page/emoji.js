// The emoji that the picker offers and that :names: stand for. Any other can be pasted.

const LIST = `
👍 thumbsup +1|👎 thumbsdown -1|❤️ heart|😂 joy|🎉 tada party|😮 open_mouth|😢 cry|😡 rage|👀 eyes|✅ white_check_mark done
❌ x|⏳ hourglass|⚠️ warning|🔥 fire|🚀 rocket|💯 100|🙏 pray thanks|👏 clap|🤔 thinking|😀 grinning|😄 smile|😁 grin
😅 sweat_smile|🤣 rofl|🙂 slight_smile|😉 wink|😊 blush|😍 heart_eyes|😘 kissing_heart|😎 sunglasses|🤓 nerd|🥳 partying
😐 neutral_face|🙄 rolling_eyes|😏 smirk|😴 sleeping|😬 grimacing|😭 sob|😱 scream|🤯 exploding_head|🤖 robot|👻 ghost
💀 skull|💩 poop|🙈 see_no_evil|🐛 bug|🐍 snake|🐳 whale|🐧 penguin|🦊 fox|🐱 cat|🐶 dog|🦄 unicorn|🌱 seedling|🌳 tree
🌍 earth|⭐ star|✨ sparkles|⚡ zap|☀️ sunny|🌙 moon|☁️ cloud|❄️ snowflake|🌈 rainbow|☕ coffee|🍕 pizza|🍰 cake|🍺 beer
⚽ soccer|🏆 trophy|🎯 dart target|🎲 dice|🎵 music|🎨 art|💡 bulb|🔧 wrench|🔨 hammer|⚙️ gear|🧪 test_tube|🔬 microscope
🔍 mag search|🔒 lock|🔓 unlock|🔑 key|📎 paperclip|📌 pushpin|📝 memo|📄 page|📁 folder|📦 package|📈 chart|📅 calendar
⏰ alarm|⏱️ stopwatch|⏸️ pause|▶️ play|⏹️ stop|🔄 refresh|🔔 bell|🔕 no_bell|💬 speech|💭 thought|📣 mega|✉️ envelope
💰 money|🧠 brain|👋 wave|🤝 handshake|💪 muscle|✌️ v|👌 ok_hand|👉 point_right|✍️ writing|🛑 stop_sign|🚫 no_entry
❓ question|❗ exclamation|➕ plus|➖ minus|🟢 green_circle|🟡 yellow_circle|🔴 red_circle|🔵 blue_circle|⬛ black|⬜ white`;

/** Character and its names, in the picker's order. */
export const EMOJI = LIST.trim()
  .split(/[|\n]/)
  .map((entry) => entry.trim().split(" "))
  .map(([character, ...names]) => ({ character, names }));

const BY_NAME = new Map(EMOJI.flatMap(({ character, names }) => names.map((name) => [name, character])));

export const QUICK = ["👍", "❤️", "😂", "🎉"];

/** One emoji as people see it: with modifiers, joined ones and flags. */
export const EMOJI_PATTERN =
  /(?:\p{RI}\p{RI}|[#*0-9]\uFE0F?\u20E3|(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F)\p{EMod}?(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{EMod}?)*)/u;

/** Text with :names: turned into emoji, code left alone. */
export function withEmoji(text) {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, n) => (n % 2 ? part : part.replace(/:([\w+-]+):/g, (all, name) => BY_NAME.get(name) ?? all)))
    .join("");
}

/** Whether nothing but emoji is there (Discord shows up to 30 of them large). */
export function onlyEmoji(text) {
  const bare = text.replace(/<a?:\w+:\d+>/g, "").trim();
  if (!text.trim()) return false;
  const parts = bare.match(new RegExp(EMOJI_PATTERN, "gu")) ?? [];
  return parts.length <= 30 && bare.replace(new RegExp(EMOJI_PATTERN, "gu"), "").trim() === "";
}
