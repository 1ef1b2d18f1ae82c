// @ts-check
// What the rooms of a member are made of.

import { el } from "./dom.js";
import { language, say } from "./say.js";
import { sentenceOf } from "./send.js";

/** @typedef {import("./dom.js").Child} Child */

/**
 * A part of a room.
 * @param {string} title
 * @param {...(Child | Child[])} children
 */
export function part(title, ...children) {
  return el("section", { class: "part card", "aria-label": title }, el("h2", {}, title), ...children);
}

/**
 * A line beneath something one does, for what came of it.
 * @returns {{said: HTMLElement, says: (...children: Child[]) => void, attempt: (work: () => Promise<unknown>) => Promise<void>}}
 */
export function outcome() {
  const said = el("div", { class: "said", role: "status" });
  const says = (/** @type {Child[]} */ ...children) => said.replaceChildren(el("div", {}, ...children));
  const attempt = async (/** @type {() => Promise<unknown>} */ work) => {
    said.replaceChildren();
    try {
      await work();
    } catch (problem) {
      if (problem !== null) says(el("p", { class: "unlikely" }, sentenceOf(problem)));
    }
  };
  return { said, says, attempt };
}

/**
 * A button that asks the server for something, and beneath it what came of it; pressed again meanwhile it waits.
 * @param {string} label
 * @param {(says: (...children: Child[]) => void) => Promise<unknown>} work
 * @param {string} [kind]
 */
export function action(label, work, kind = "button") {
  const { said, says, attempt } = outcome();
  const button = el("button", { type: "button", class: kind, click: async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    await attempt(() => work(says));
    button.removeAttribute("aria-disabled");
  } }, label);
  return { button, said };
}

/**
 * A button that asks whether it is meant; Escape takes the question back.
 * @param {string} label
 * @param {string} doubt what there is to know before
 * @param {string} sure
 * @param {() => Promise<unknown>} work
 */
export function twice(label, doubt, sure, work) {
  const first = action(label, async (says) => {
    const yes = action(sure, work);
    says(el("p", {}, doubt), yes.button, yes.said);
  }, "plain");
  first.said.classList.add("doubt");
  const back = (/** @type {KeyboardEvent} */ { key }) => {
    if (key !== "Escape" || !first.said.firstChild) return;
    first.said.replaceChildren();
    first.button.focus();
  };
  for (const each of [first.button, first.said]) each.addEventListener("keydown", back);
  return first;
}

/**
 * A place that is filled once the server has answered, and says so when it has not; `again` fills it anew, and who was
 * in it goes on at its beginning.
 * @param {() => Promise<Node | Array<Node | null>>} load
 */
export function loading(load) {
  const place = el("div", { class: "loads", "aria-busy": "true" }, el("p", { class: "quiet", role: "status" }, say("One moment …")));
  const again = async () => {
    try {
      const made = await load();
      const held = place.contains(document.activeElement);
      place.replaceChildren(...[made].flat().filter((node) => node instanceof Node));
      if (held) standAt(place.firstElementChild);
    } catch (problem) {
      const retry = el("button", { type: "button", class: "button", click: again }, say("Try again"));
      place.replaceChildren(el("p", { class: "unlikely", role: "alert" }, sentenceOf(problem)), retry);
    }
    place.removeAttribute("aria-busy");
  };
  void again();
  return { place, again };
}

/** Goes on at what is no control. @param {Element | null | undefined} place */
export function standAt(place) {
  if (!(place instanceof HTMLElement)) return;
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

/** `29 Nov, 15:02`. @param {string} moment */
export function dateOf(moment) {
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(Date.parse(moment));
}

/** With the year, if it is another one. @param {string} moment */
export function dayOf(moment) {
  const at = new Date(moment);
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year }).format(at);
}

/** Figures with their names. @param {Array<[string, string | null]>} all */
export function facts(all) {
  return el("dl", { class: "facts" }, all.flatMap(([name, value]) => (value === null ? [] : [el("div", {}, el("dt", {}, name), el("dd", {}, value))])));
}

/** @param {string} id @param {Child | Child[]} label @param {Record<string, any>} given */
export function field(id, label, given) {
  const input = el("input", { id, autocomplete: "off", ...given });
  return { input, row: el("label", { class: "stacked", for: id }, el("span", {}, label), input) };
}

/** @param {number} ms */
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
