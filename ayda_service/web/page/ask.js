// @ts-check
// The three questions: how one goes, how fast one is, when one starts.

import { the } from "./dom.js";
import { tells } from "./past.js";
import { say } from "./say.js";
import { heightUnitM, lengthUnitM, metric, pace, readTime } from "./units.js";

/** What each way to go means. @returns {Record<string, string>} */
const meanings = () => ({
  race: say("As on a race day: one of your days in ten is that fast."),
  fast: say("One of your days in four is that fast."),
  moderate: say("As you usually go: half of your days are faster, half slower."),
  easy: say("At ease: three of your days in four are faster."),
});
/** Seconds per kilometre from which to which, and where the slider begins. @type {Record<string, [number, number, number]>} */
const PACES = { trail_run: [180, 720, 330], hiking: [480, 1500, 800] };

/** Nobody ran faster. */
const FASTEST_S_PER_M = 0.12;

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
  form().addEventListener("change", (event) => {
    const name = event.target instanceof HTMLInputElement ? event.target.name : "";
    if (name === "mode") slider().value = String(PACES[chosen("mode")][2]);
    showAsk();
    onChange();
  });
}

/** The race someone ran; null when it is not told yet. @returns {{distance_m: number, time_s: number} | null} */
function result() {
  const length = Number(field("result-length").value.replace(",", "."));
  const distance_m = Math.round(length * lengthUnitM());
  const read = readTime(field("result-time").value);
  // `1:52` is minutes and seconds of a short race, and hours and minutes of a long one
  const time_s = read < FASTEST_S_PER_M * distance_m ? 60 * read : read;
  return distance_m >= 1000 && distance_m <= 500000 && time_s > 0 ? { distance_m, time_s } : null;
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

/** What is said of the day; null when nothing is. @returns {Record<string, unknown> | null} */
function conditions() {
  /** @type {Record<string, unknown>} */
  const said = {};
  const figure = (/** @type {string} */ id) => {
    const typed = field(id).value.trim().replace(",", ".");
    return typed === "" ? NaN : Number(typed);
  };
  const [heat, home, people] = [figure("heat"), figure("home-height"), figure("people")];
  const surface = field("surface").value;
  if (surface) said.surface = surface;
  if (heat >= -60 && heat <= 60) said.heat_c = heat;
  if (home * heightUnitM() >= -430 && home * heightUnitM() <= 5500) said.home_m = Math.round(home * heightUnitM());
  if (people >= 2 && people <= 50) said.people = Math.round(people);
  return Object.keys(said).length ? said : null;
}

/** Puts an earlier question back. @param {Record<string, any>} asked */
export function restore(asked) {
  if (asked.mode in PACES) choose("mode", asked.mode);
  if (asked.effort in meanings()) choose("effort", asked.effort);
  const [least, most, usual] = PACES[chosen("mode")];
  slider().min = String(least);
  slider().max = String(most);
  slider().value = String(asked.flat_pace ?? usual);
  if (asked.result) {
    choose("by", "result");
    field("result-length").value = String(Math.round((asked.result.distance_m / lengthUnitM()) * 100) / 100);
    const minutes = Math.floor(asked.result.time_s / 60);
    field("result-time").value = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${String(Math.round(asked.result.time_s % 60)).padStart(2, "0")}`;
  }
  const day = asked.conditions ?? {};
  field("surface").value = day.surface ?? "";
  for (const [id, value] of [["heat", day.heat_c], ["home-height", day.home_m === undefined ? undefined : Math.round(day.home_m / heightUnitM())], ["people", day.people]]) {
    field(String(id)).value = value === undefined ? "" : String(value);
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(asked.start_at ?? "")) field("start").value = asked.start_at.slice(0, 16);
}
