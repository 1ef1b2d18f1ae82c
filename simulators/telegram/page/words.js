// @ts-check
/** Texts with entities as nodes: every character is text, and only the marks of the list below become elements. */

/** @typedef {import("./server.js").Entity} Entity */

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

/**
 * @param {string} text
 * @param {Entity[]} entities offsets in UTF-16 code units, as JavaScript counts
 * @param {{ command: (text: string) => void, link: (url: URL) => boolean }} acts `link` says whether it took the link
 * @returns {DocumentFragment}
 */
export function worded(text, entities, acts) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return piece(text, 0, text.length, sorted, acts);
}

/**
 * @param {string} text @param {number} start @param {number} end @param {Entity[]} entities
 * @param {Parameters<typeof worded>[2]} acts
 */
function piece(text, start, end, entities, acts) {
  const made = document.createDocumentFragment();
  let at = start;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    if (from >= to || entity.offset < at) continue;
    made.append(text.slice(at, from));
    const inner = entities.slice(i + 1).filter((other) => other.offset >= from && other.offset + other.length <= to);
    made.append(marked(entity, text.slice(from, to), piece(text, from, to, inner, acts), acts));
    at = to;
  }
  made.append(text.slice(at, end));
  return made;
}

/**
 * @param {Entity} entity @param {string} words @param {DocumentFragment} inner
 * @param {Parameters<typeof worded>[2]} acts
 * @returns {Node}
 */
function marked(entity, words, inner, acts) {
  if (entity.type === "url" || entity.type === "text_link") return linked(entity.url ?? words, inner, acts);
  if (entity.type === "bot_command") return pressed("command", inner, () => acts.command(words));
  if (entity.type === "spoiler") {
    const spoiler = pressed("spoiler", inner, () => spoiler.classList.add("told"));
    spoiler.setAttribute("aria-label", "Hidden text, press to read it");
    spoiler.addEventListener("click", () => spoiler.removeAttribute("aria-label"));
    return spoiler;
  }
  const tag = TAGS[/** @type {keyof typeof TAGS} */ (entity.type)];
  if (!tag) return inner;
  const made = document.createElement(tag);
  made.append(inner);
  return made;
}

/** @param {string} name @param {DocumentFragment} inner @param {() => void} act */
function pressed(name, inner, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.append(inner);
  made.addEventListener("click", act);
  return made;
}

/** @param {string} address @param {DocumentFragment} inner @param {Parameters<typeof worded>[2]} acts */
function linked(address, inner, acts) {
  const url = webAddress(address);
  if (!url) return inner;
  const made = document.createElement("a");
  made.href = url.href;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  made.append(inner);
  made.addEventListener("click", (event) => {
    if (acts.link(url)) event.preventDefault();
  });
  return made;
}

/** An address that a browser may be sent to; nothing that could run here. @param {string} address @returns {URL | null} */
export function webAddress(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
