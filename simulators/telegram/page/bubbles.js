// @ts-check
/** The messages of a chat as they stand; what has not changed is left alone, so that readers hear only what is new. */

import { addressOf } from "./server.js";
import { webAddress, worded } from "./words.js";

/**
 * @typedef {import("./server.js").Message} Message
 * @typedef {import("./server.js").Button} Button
 * @typedef {{ command: (text: string) => void, link: (url: URL) => boolean, reply: (message: Message) => void,
 *   press: (message: Message, button: Button) => void }} Acts
 */

const NEAR_END_PX = 160;
const HUES = 6;

export class Bubbles {
  /** @param {HTMLElement} list @param {Acts} acts */
  constructor(list, acts) {
    this.list = list;
    this.acts = acts;
    /** @type {Map<number, { is: string, node: HTMLElement }>} */
    this.shown = new Map();
    this.place = "";
  }

  /**
   * @param {Message[]} messages
   * @param {{ place: string, personId: number, group: boolean, busy: Set<string> }} how
   *   `busy` holds the presses that the bot has not answered, as `message:data`
   */
  show(messages, how) {
    const moved = how.place !== this.place;
    if (moved) this.clear(how.place);
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    const atEnd = moved || scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    const lastBefore = this.list.lastElementChild;
    this.dropMissing(messages);
    messages.forEach((message, i) => this.put(message, messages[i - 1], how));
    const grown = this.list.lastElementChild !== lastBefore;
    const mine = messages.at(-1)?.from.id === how.personId;
    if (atEnd || (grown && mine)) this.toEnd();
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  /** Another chat is no news: it is filled without being read out. @param {string} place */
  clear(place) {
    this.place = place;
    this.shown.clear();
    this.list.setAttribute("aria-live", "off");
    this.list.replaceChildren();
    setTimeout(() => this.list.setAttribute("aria-live", "polite"), 500);
  }

  /** @param {Message[]} messages */
  dropMissing(messages) {
    const standing = new Set(messages.map((message) => message.message_id));
    for (const [id, { node }] of this.shown) {
      if (standing.has(id)) continue;
      node.remove();
      this.shown.delete(id);
    }
  }

  /** @param {Message} message @param {Message | undefined} before @param {Parameters<Bubbles["show"]>[1]} how */
  put(message, before, how) {
    const day = dayOf(message) === (before ? dayOf(before) : "") ? "" : dayOf(message);
    const follows = !day && before?.from.id === message.from.id;
    const busy = [...how.busy].filter((press) => press.startsWith(`${message.message_id}:`));
    const is = JSON.stringify([message, day, follows, busy]);
    const known = this.shown.get(message.message_id);
    if (known?.is === is) return;
    const node = this.item(message, { ...how, day, follows });
    if (known) known.node.replaceWith(node);
    else this.list.append(node);
    this.shown.set(message.message_id, { is, node });
  }

  /** @param {Message} message @param {{ personId: number, group: boolean, busy: Set<string>, day: string, follows: boolean }} how */
  item(message, { personId, group, busy, day, follows }) {
    const mine = message.from.id === personId;
    const item = element("div", `item ${mine ? "mine" : "theirs"}${follows ? " follows" : ""}`);
    if (day) item.append(textual("p", "day", day));
    const bubble = element("article", "bubble");
    if (group && !mine && !follows) {
      bubble.append(textual("p", `who hue${message.from.id % HUES}`, message.from.first_name));
    }
    if (message.reply_to_message) bubble.append(quoted(message.reply_to_message));
    bubble.append(...attached(message));
    const text = message.text ?? message.caption ?? "";
    if (text) {
      const words = element("div", "words");
      words.append(worded(text, message.entities ?? message.caption_entities ?? [], this.acts));
      bubble.append(words);
    }
    bubble.append(this.foot(message));
    item.append(bubble);
    if (message.reply_markup) item.append(this.buttons(message, message.reply_markup.inline_keyboard, busy));
    return item;
  }

  /** @param {Message} message */
  foot(message) {
    const foot = element("p", "foot-line");
    const reply = /** @type {HTMLButtonElement} */ (textual("button", "answer", "Reply"));
    reply.type = "button";
    reply.addEventListener("click", () => this.acts.reply(message));
    const time = textual("time", "", (message.edit_date ? "edited " : "") + clock(message.date));
    time.setAttribute("datetime", new Date(message.date * 1000).toISOString());
    foot.append(reply, time);
    return foot;
  }

  /** @param {Message} message @param {Button[][]} rows @param {Set<string>} busy */
  buttons(message, rows, busy) {
    const box = element("div", "buttons");
    for (const row of rows) {
      const line = element("div", "row");
      line.append(...row.map((button) => this.button(message, button, busy)));
      box.append(line);
    }
    return box;
  }

  /** @param {Message} message @param {Button} button @param {Set<string>} busy */
  button(message, button, busy) {
    const url = button.url ? webAddress(button.url) : null;
    if (url) {
      const link = /** @type {HTMLAnchorElement} */ (textual("a", "key outward", button.text));
      link.href = url.href;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.addEventListener("click", (event) => {
        if (this.acts.link(url)) event.preventDefault();
      });
      return link;
    }
    const made = /** @type {HTMLButtonElement} */ (textual("button", button.web_app ? "key app-key" : "key", button.text));
    made.type = "button";
    if (busy.has(`${message.message_id}:${button.callback_data}`)) made.setAttribute("aria-busy", "true");
    made.addEventListener("click", () => this.acts.press(message, button));
    return made;
  }
}

/** @param {Message} message @returns {HTMLElement[]} */
function attached(message) {
  const photo = message.photo?.at(-1);
  if (photo) {
    const link = /** @type {HTMLAnchorElement} */ (element("a", "photo"));
    link.href = addressOf(photo.file_id);
    link.target = "_blank";
    const image = /** @type {HTMLImageElement} */ (element("img", ""));
    image.src = link.href;
    image.alt = message.caption ? "Picture with a caption" : "Picture";
    image.width = photo.width ?? 0;
    image.height = photo.height ?? 0;
    link.append(image);
    return [link];
  }
  if (!message.document) return [];
  const link = /** @type {HTMLAnchorElement} */ (element("a", "document"));
  link.href = addressOf(message.document.file_id);
  link.download = message.document.file_name ?? "file";
  const name = message.document.file_name ?? "file";
  const ending = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).slice(0, 4) : "file";
  const badge = textual("span", "ending", ending);
  badge.setAttribute("aria-hidden", "true");
  const told = element("span", "told");
  told.append(textual("span", "name", name), textual("span", "size", sized(message.document.file_size)));
  link.append(badge, told);
  return [link];
}

/** @param {Message} message */
function quoted(message) {
  const quote = element("p", "quoted");
  quote.append(textual("strong", "", message.from.first_name), textual("span", "", summary(message)));
  return quote;
}

/** A message in one line. @param {Message | null} message */
export function summary(message) {
  if (!message) return "Nothing yet";
  const kind = message.photo ? "Picture" : (message.document?.file_name ?? (message.document ? "File" : ""));
  return [kind, message.text ?? message.caption ?? ""].filter(Boolean).join(", ").replace(/\s+/g, " ");
}

/** @param {number} bytes */
export function sized(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${kilobytes.toFixed(kilobytes < 10 ? 1 : 0)} kB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

/** @param {number} seconds */
export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** @param {Message} message */
const dayOf = (message) =>
  new Date(message.date * 1000).toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });

/** @param {string} tag @param {string} name */
export function element(tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  return made;
}

/** @param {string} tag @param {string} name @param {string} text */
export function textual(tag, name, text) {
  const made = element(tag, name);
  made.textContent = text;
  return made;
}

/** Only when it has changed; who stands in it with the keyboard stays. @param {HTMLElement} box @param {unknown} is @param {() => Element[]} made */
export function refill(box, is, made) {
  const told = JSON.stringify(is);
  if (box.dataset.is === told) return;
  box.dataset.is = told;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.key;
  box.replaceChildren(...made());
  if (focused) /** @type {HTMLElement | null} */ (box.querySelector(`[data-key="${focused}"]`))?.focus();
}
