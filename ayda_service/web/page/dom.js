// @ts-check
// Elements are made here and nowhere else; text only ever becomes text.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node | string | number | null | false | undefined} Child
 * @typedef {Record<string, string | number | boolean | EventListener | null | undefined>} Given
 */

/**
 * @template {Element} E
 * @param {E} made
 * @param {Given} given attributes; a function listens to the event of its name
 * @param {Array<Child | Child[]>} children
 * @returns {E}
 */
function furnish(made, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, String(value));
  }
  for (const child of children.flat()) {
    if (child != null && child !== false) made.append(child instanceof Node ? child : String(child));
  }
  return made;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Given} [given]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, given = {}, ...children) {
  return furnish(document.createElement(tag), given, children);
}

/**
 * @param {string} tag
 * @param {Given} [given]
 * @param {...(Child | Child[])} children
 * @returns {SVGElement}
 */
export function svg(tag, given = {}, ...children) {
  return furnish(/** @type {SVGElement} */ (document.createElementNS(SVG, tag)), given, children);
}

/**
 * The element of this id, which the page has.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 * @returns {E}
 */
export function the(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return /** @type {E} */ (found);
}

/**
 * Calls back once nothing more happens for so long.
 * @param {() => void} act
 * @param {number} waitMs
 * @returns {() => void}
 */
export function calmly(act, waitMs) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(act, waitMs);
  };
}

/**
 * Hides what is done with; who was in it goes on elsewhere.
 * @param {string} id
 * @param {string} next
 */
export function putAway(id, next) {
  const held = the(id).contains(document.activeElement);
  the(id).hidden = true;
  if (held) the(next).focus({ preventScroll: true });
}

/** Remembers where somebody is typing; what is returned goes back there, with what was typed. */
export function focusNow() {
  const active = document.activeElement;
  const typed = active instanceof HTMLInputElement && active.type !== "range" ? active.value : null;
  return () => {
    const again = active?.id ? document.getElementById(active.id) : null;
    if (!again || again === document.activeElement) return;
    again.focus({ preventScroll: true });
    if (typed !== null && again instanceof HTMLInputElement) again.value = typed;
  };
}
