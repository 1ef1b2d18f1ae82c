// @ts-check
// What one takes along: a picture, files, a sheet for the crew, paper, and a link.

import { el } from "./dom.js";
import { linkOf } from "./link.js";
import { say } from "./say.js";
import { Refused, sentenceOf } from "./send.js";

/**
 * @typedef {{name: () => string, asked: Record<string, any>, places: boolean, make: (kind: string) => Promise<Blob>, outside: ((kind: string) => Promise<string>) | null}} Taken
 *   `name` is asked when it is needed, for the course's own is known only once its file is read; `places` says whether it is known where the course runs; where nothing can be saved here, files are fetched `outside`
 */

/** @param {Taken} taken */
export function takeAlong(taken) {
  const said = el("p", { class: "quiet", role: "status" });
  const shown = el("div", { class: "picture", hidden: true });
  const act = (/** @type {() => Promise<string>} */ work) => async (/** @type {Event} */ event) => {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    said.textContent = say("Making it …");
    try {
      said.textContent = await work();
    } catch (problem) {
      said.textContent = sentenceOf(problem);
      if (!(problem instanceof Refused)) throw problem;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };
  const item = (/** @type {string} */ name, /** @type {string} */ what, /** @type {(event: Event) => void} */ click, /** @type {string} */ id) =>
    el("button", { type: "button", class: "take card", id: `take-${id}`, click }, el("b", {}, name), el("span", { class: "quiet" }, what));
  const kept = (/** @type {string} */ kind, /** @type {() => Promise<Blob>} */ make) => act(async () => (taken.outside ? taken.outside(kind) : save(await make(), fileName(taken.name(), kind))));
  const file = (/** @type {string} */ kind) => kept(kind, () => taken.make(kind));
  const picture = act(async () => {
    const made = await taken.make("card.png");
    showPicture(shown, made, fileName(taken.name(), "card.png"), kept("card.png", async () => made));
    return "";
  });
  return el(
    "section",
    { class: "along", "aria-labelledby": "along-title" },
    el("h2", { id: "along-title" }, say("Take along")),
    el(
      "div",
      { class: "takes" },
      item(say("Picture"), say("to show around"), picture, "card"),
      taken.places && item(say("Plan"), say("GPX with times"), file("plan.gpx"), "gpx"),
      taken.places && item(say("Course"), say("TCX for the watch"), file("course.tcx"), "tcx"),
      item(say("Table"), say("CSV"), file("plan.csv"), "csv"),
      item(say("Crew sheet"), say("with a pace band, to print"), file("crew.html"), "crew"),
      item(say("Print"), say("this page"), () => window.print(), "print"),
      item(say("Link"), say("to these questions"), () => copyLink(taken, said), "link"),
    ),
    said,
    shown,
  );
}

/** @param {Taken} taken @param {HTMLElement} said */
function copyLink(taken, said) {
  const note = taken.asked.race_id ? say("The link is copied.") : say("The link is copied. It holds your questions, not the file: whoever opens it adds the course.");
  return copied(linkOf(taken.asked), note, say("The link to these questions"), said);
}

/**
 * Copies an address, or shows it where a browser does not let us.
 * @param {string} link
 * @param {string} note
 * @param {string} name
 * @param {HTMLElement} said
 */
export async function copied(link, note, name, said) {
  try {
    await navigator.clipboard.writeText(link);
    said.textContent = note;
  } catch {
    said.replaceChildren(el("a", { href: link }, name));
  }
}

/** @param {string} name of the course @param {string} kind */
function fileName(name, kind) {
  const plain = name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return plain ? `${plain}-${kind}` : kind;
}

/** @param {Blob} made @param {string} name */
function save(made, name) {
  const url = URL.createObjectURL(made);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  return "";
}

/** @param {HTMLElement} shown @param {Blob} made @param {string} called @param {(event: Event) => void} keep */
function showPicture(shown, made, called, keep) {
  const picture = new File([made], called, { type: "image/png" });
  const others = navigator.canShare?.({ files: [picture] }) ?? false;
  shown.replaceChildren(
    el("img", { src: URL.createObjectURL(made), alt: say("The picture: course, profile, times and margin"), width: 1080, height: 1350 }),
    el(
      "p",
      { class: "choices" },
      others && el("button", { type: "button", class: "button strong", click: () => navigator.share({ files: [picture] }).catch(() => {}) }, say("Share")),
      el("button", { type: "button", class: "button", click: keep }, say("Save")),
    ),
  );
  shown.hidden = false;
  shown.scrollIntoView({ block: "nearest" });
}
