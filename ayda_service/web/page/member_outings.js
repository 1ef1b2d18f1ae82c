// @ts-check
// What the profile rests on, outing by outing: each can be switched off, and on again.

import { el } from "./dom.js";
import { action, dayOf, loading, part } from "./member_parts.js";
import { reasonOf } from "./member_strava.js";
import { count, say } from "./say.js";
import { sentenceOf } from "./send.js";
import { length, time } from "./units.js";

/** @typedef {import("./member.js").Member} Member */
/** @typedef {{id: string, started_at: string, distance_m: number, moving_time_s: number, counts: boolean, left_out: string | null, switched_off: boolean}} Outing */

/** @param {Member} member */
export function outingsPart(member) {
  const list = el("div", { class: "outings" });
  const details = el("details", {}, el("summary", {}, say("What it rests on, outing by outing")), list);
  details.addEventListener("toggle", () => {
    if (details.open && !list.firstChild) list.append(loading(() => firstOf(member)).place);
  });
  return part(
    say("Your outings"),
    el("p", { class: "quiet" }, say("Was a day not like you: ill, with children, with a broken watch? Switch it off, and nothing rests on it.")),
    details,
    pathsOf(member),
  );
}

/** Whether the paths of outings are remembered, and the button that changes it. @param {Member} member */
function pathsOf(member) {
  const room = loading(async () => {
    const { remembered, outings } = await member.session.call("GET", "/own-paths");
    const { button, said } = action(remembered ? say("Forget my paths") : say("Remember my paths"), async () => {
      await member.session.call("PUT", "/own-paths", { json: { remembered: !remembered } });
      await room.again();
      room.place.querySelector("button")?.focus();
    }, remembered ? "plain" : "button");
    const known = remembered && (outings
      ? count("I remember the paths of {number} outing of yours.", "I remember the paths of {number} of your outings.", outings)
      : say("From now on I remember the paths of your outings."));
    const told = remembered
      ? [known, say("Those from before I learn when they come again, as in your archive from Strava.")]
      : [say("I can remember the paths of your outings: where you have been before, I say better how long you take."), say("I keep no places for it, only marks that nobody can read without your key, and only you get what they say.")];
    return [el("p", {}, told[0]), el("p", { class: "quiet" }, told[1]), el("p", { class: "choices" }, button), said];
  });
  room.place.classList.add("paths");
  return room.place;
}

/** @param {Member} member */
async function firstOf(member) {
  const { outings, earlier } = await member.session.call("GET", "/outings");
  if (!outings.length) return el("p", {}, say("Nothing is known of you yet."));
  const rows = el("ul", { class: "counted" });
  rows.append(...outings.map((/** @type {Outing} */ one) => row(one, member)));
  return [rows, moreOf(rows, earlier, member)];
}

/** A button for what came before, as long as there is any. @param {HTMLElement} rows @param {string | null} earlier @param {Member} member */
function moreOf(rows, earlier, member) {
  const place = el("div", {});
  /** @param {string | null} before */
  const offer = (before) => {
    if (!before) return place.replaceChildren();
    const { button, said } = action(say("Earlier ones"), async () => {
      const page = await member.session.call("GET", `/outings?before=${encodeURIComponent(before)}`);
      const more = page.outings.map((/** @type {Outing} */ one) => row(one, member));
      rows.append(...more);
      offer(page.earlier);
      more[0]?.querySelector("input")?.focus();
    });
    place.replaceChildren(button, said);
  };
  offer(earlier);
  return place;
}

/** @param {Outing} outing @param {Member} member */
function row(outing, member) {
  const told = el("span", {}, `${dayOf(outing.started_at)}: ${length(outing.distance_m)}, ${time(outing.moving_time_s)}`);
  const note = el("span", { class: "quiet", role: "status" });
  const input = el("input", { type: "checkbox", role: "switch", checked: !outing.switched_off });
  /** @param {Outing} now */
  const show = (now) => {
    input.checked = !now.switched_off;
    note.textContent = now.switched_off ? say("switched off") : now.counts ? "" : now.left_out ? reasonOf(now.left_out) : say("still to be read");
  };
  input.addEventListener("change", async () => {
    const counts = input.checked;
    input.disabled = true;
    try {
      show(await member.session.call("PUT", `/outings/${encodeURIComponent(outing.id)}`, { json: { counts } }));
      await member.learned();
    } catch (problem) {
      input.checked = !counts;
      note.textContent = sentenceOf(problem);
    } finally {
      input.disabled = false;
      input.focus();
    }
  });
  show(outing);
  return el("li", {}, el("label", {}, input, told), note);
}
