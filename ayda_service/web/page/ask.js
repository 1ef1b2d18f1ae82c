// @ts-check
// The three questions: how one goes, how fast one is, when one starts.

import { the } from "./dom.js";
import { tells } from "./past.js";
import { say } from "./say.js";
import { numbersOf, understood, write } from "./typed.js";
import { heightUnitM, lengthUnitM, metric, pace, time } from "./units.js";

/** What each way to go means. @returns {Record<string, string>} */
const meanings = () => ({
  race: say("As on a race day: one of your days in ten is that fast."),
  fast: say("One of your days in four is that fast."),
  moderate: say("As you usually go: half of your days are faster, half slower."),
  easy: say("At ease: three of your days in four are faster."),
});
/** Seconds per kilometre from which to which, and where the slider begins. @type {Record<string, [number, number, number]>} */
const PACES = { trail_run: [180, 720, 330], hiking: [480, 1500, 800] };

/** Fields with one figure of the day, and its name in the question. */
const FIGURES = [["heat", "heat_c"], ["home-height", "home_m"], ["people", "people"]];

const form = () => the("question");
const slider = () => /** @type {HTMLInputElement} */ (the("pace"));
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (the(id));

/** @param {string} name */
function chosen(name) {
  const found = form().querySelector(`input[name="${name}"]:checked`);
  return found instanceof HTMLInputElement ? found.value : "";
}

/** @param {string} name @param {unknown} value */
function choose(name, value) {
  for (const input of form().querySelectorAll(`input[name="${name}"]`)) {
    if (input instanceof HTMLInputElement) input.checked = input.value === value;
  }
}

/** Running or hiking. */
export const mode = () => chosen("mode");

/** Writes what depends on what is chosen. */
export function showAsk() {
  const mode = chosen("mode");
  const [least, most] = PACES[mode];
  slider().min = String(least);
  slider().max = String(most);
  const says = pace(Number(slider().value));
  the("pace-says").textContent = says;
  slider().setAttribute("aria-valuetext", says);
  the("effort-means").textContent = meanings()[chosen("effort")];
  const known = tells(mode);
  the("by").hidden = known;
  the("by-pace").hidden = known || chosen("by") !== "pace";
  the("by-result").hidden = known || chosen("by") !== "result";
  the("home-height-label").textContent = metric() ? say("I live at (m)") : say("I live at (ft)");
  the("result-length-label").textContent = metric() ? say("I ran (km)") : say("I ran (mi)");
}

/**
 * Calls back when something is answered anew.
 * @param {() => void} onChange
 */
export function watchAsk(onChange) {
  form().addEventListener("submit", (event) => event.preventDefault());
  form().addEventListener("input", showAsk);
  form().addEventListener("change", async ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "mode") slider().value = String(PACES[chosen("mode")][2]);
    showAsk();
    const { id } = /** @type {HTMLElement} */ (target);
    const typed = form().querySelector(`[data-after="${id}"], [id="${id}"][data-kind]`);
    if (typed instanceof HTMLInputElement && !(await understood(typed))) return;
    onChange();
  });
}

/** The race someone ran; null when it is not told yet. @returns {{distance_m: number, time_s: number} | null} */
function result() {
  const [distance_m, time_s] = numbersOf(field("result-time"));
  return time_s ? { distance_m, time_s } : null;
}

/** What is asked; null while something is missing. @returns {Record<string, unknown> | null} */
export function question() {
  /** @type {Record<string, unknown>} */
  const asked = { mode: chosen("mode"), effort: chosen("effort") };
  if (!tells(chosen("mode"))) {
    const ran = chosen("by") === "pace" ? null : result();
    if (ran) asked.result = ran;
    else if (chosen("by") === "pace") asked.flat_pace = Number(slider().value);
    else return null;
  }
  const day = conditions();
  if (day) asked.conditions = day;
  const start = field("start").value;
  if (start) asked.start_at = `${start.slice(0, 16)}:00`;
  return asked;
}

/** What is said of the day; null when nothing is. @returns {Record<string, any> | null} */
function conditions() {
  /** @type {Record<string, unknown>} */
  const said = {};
  const surface = field("surface").value;
  if (surface) said.surface = surface;
  for (const [id, name] of FIGURES) {
    const [figure] = numbersOf(field(id));
    if (figure !== undefined) said[name] = figure;
  }
  const [at_m, stop_s] = numbersOf(field("hut-stay"));
  if (stop_s) said.hut = { at_m, stop_s, name: say("Hut") };
  return Object.keys(said).length ? said : null;
}

/** @param {{distance_m: number, time_s: number} | null} ran */
function writeResult(ran) {
  if (!ran) return;
  field("result-length").value = lengthTyped(ran.distance_m);
  const seconds = String(Math.round(ran.time_s % 60)).padStart(2, "0");
  write(field("result-time"), `${time(60 * Math.floor(ran.time_s / 60))}:${seconds}`, [ran.distance_m, ran.time_s]);
}

/** @param {Record<string, any>} day */
function writeDay({ surface = "", hut, ...day }) {
  field("surface").value = surface;
  for (const [id, name] of FIGURES) {
    const shown = name === "home_m" ? Math.round(day[name] / heightUnitM()) : day[name];
    write(field(id), day[name] === undefined ? "" : String(shown), [day[name]]);
  }
  field("hut-at").value = hut ? lengthTyped(hut.at_m) : "";
  write(field("hut-stay"), hut ? time(hut.stop_s) : "", [hut?.at_m, hut?.stop_s]);
}

/** @param {number} metres */
const lengthTyped = (metres) => String(Math.round((metres / lengthUnitM()) * 100) / 100);

/** Changes the units, and what was typed in the old ones with them. @param {() => void} change */
export function inOtherUnits(change) {
  const [ran, day] = [result(), conditions()];
  change();
  writeResult(ran);
  writeDay(day ?? {});
}

/** Puts an earlier question back. @param {Record<string, any>} asked */
export function restore(asked) {
  if (asked.mode in PACES) choose("mode", asked.mode);
  if (asked.effort in meanings()) choose("effort", asked.effort);
  const [least, most, usual] = PACES[chosen("mode")];
  slider().min = String(least);
  slider().max = String(most);
  slider().value = String(asked.flat_pace ?? usual);
  if (asked.result) choose("by", "result");
  writeResult(asked.result ?? null);
  writeDay(asked.conditions ?? {});
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(asked.start_at ?? "")) field("start").value = asked.start_at.slice(0, 16);
}
