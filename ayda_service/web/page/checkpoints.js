// @ts-check
// Places on the way that one can name and move, with the chance to make each cutoff.

import { el } from "./dom.js";
import { say } from "./say.js";
import { numbersOf, understood } from "./typed.js";
import { length, lengthUnitM, percent, time, unitName } from "./units.js";

/** @typedef {{name: string, at_m: number, stop_s?: number, cutoff_s?: number}} Place @typedef {import("./along.js").Along} Along @typedef {import("./clock.js").Clock} Clock */

const MOST = 200;

/**
 * @param {Along} along
 * @param {Clock} clock
 * @param {{at_m: number, stop_s: number} | undefined} hut that was told of as one of the day's conditions
 * @param {(places: Place[]) => void} onChange
 */
export function checkpointsOf(along, clock, hut, onChange) {
  const isHut = (/** @type {import("./along.js").Checkpoint} */ place) => hut !== undefined && place.stop_s === hut.stop_s && Math.abs(place.at_m - hut.at_m) < 1;
  const told = along.prediction.checkpoints;
  const rows = told.map((place, i) => (isHut(place) ? el("li", { class: "card place" }, el("p", { class: "arrival" }, `${place.name}, ${length(place.at_m)}: ${arrivalOf(place)}`)) : rowOf(place, i)));
  const list = el("ol", { class: "places" }, rows);
  const change = () => onChange(placesIn(list, along.lengthM));
  list.addEventListener("change", async ({ target }) => {
    if (target instanceof HTMLInputElement && (!target.dataset.kind || (await understood(target)))) change();
  });
  list.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-remove]") : null;
    if (!button) return;
    const row = button.closest("li");
    const beside = row?.nextElementSibling ?? row?.previousElementSibling;
    row?.remove();
    renumber(list);
    (beside?.querySelector("[data-remove]") ?? add).focus();
    change();
  });

  /** @param {import("./along.js").Checkpoint} place */
  function arrivalOf({ eta_s: eta }) {
    return say("{clock} (between {early} and {late})", { clock: clock.at(eta.p50), early: clock.at(eta.p10), late: clock.at(eta.p90) });
  }

  /** @param {import("./along.js").Checkpoint} place @param {number} i */
  function rowOf(place, i) {
    const chance = place.p_in_time === null ? "" : say("{chance} in time", { chance: percent(place.p_in_time) });
    const number = i + 1;
    const input = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ value, /** @type {Record<string, any>} */ more = {}) =>
      el("label", { class: `field ${name}` }, el("span", {}, label), el("input", { id: `place-${number}-${name}`, name, value, autocomplete: "off", ...more }));
    return el(
      "li",
      { class: "card place" },
      input("name", say("name"), place.name, { maxlength: "80" }),
      input("at", unitName(), (place.at_m / lengthUnitM()).toFixed(1), { inputmode: "decimal", "data-kind": "length", "data-numbers": place.at_m }),
      input("stop", say("stop, min"), String(Math.round(place.stop_s / 60)), { inputmode: "numeric", "data-kind": "stop", "data-numbers": place.stop_s }),
      input("cutoff", say("cutoff, h:mm"), place.cutoff_s === null ? "" : time(place.cutoff_s), { inputmode: "numeric", placeholder: "–", "data-kind": "time", "data-numbers": place.cutoff_s }),
      el("p", { class: "arrival" }, arrivalOf(place), chance && el("b", { class: place.p_in_time !== null && place.p_in_time < 0.5 ? "unlikely" : "" }, ` · ${chance}`)),
      el("button", { type: "button", class: "plain", id: `place-${number}-remove`, "data-remove": true, "aria-label": say("remove checkpoint {number}", { number }) }, say("remove")),
    );
  }

  const add = el("button", { type: "button", class: "button", id: "place-add", disabled: told.length >= MOST, click: () => {
    const places = placesIn(list, along.lengthM);
    places.push({ name: say("Checkpoint {number}", { number: places.length + 1 }), at_m: Math.round(along.lengthM / 2) });
    onChange(places);
  } }, say("Add a checkpoint"));
  const all = along.prediction.p_finish_in_all_cutoffs;
  return el(
    "div",
    {},
    all !== null && el("p", {}, say("The chance to make every cutoff: {chance}.", { chance: percent(all) })),
    !told.length && el("p", { class: "quiet" }, say("This course names no places. Add those where you stop, or where there is a cutoff.")),
    list,
    el("p", {}, add),
    told.length > 0 && el("p", { class: "quiet" }, say("A cutoff is the time after the start by which you must be there.")),
  );
}

/** Rows bear the names they will have once they are drawn anew, so that whoever stands in one stays there. @param {Element} list */
function renumber(list) {
  [...list.children].forEach((row, i) => {
    for (const named of row.querySelectorAll("[id]")) named.id = named.id.replace(/\d+/, String(i + 1));
  });
}

/**
 * What is told in the rows now.
 * @param {Element} list
 * @param {number} lengthM
 * @returns {Place[]}
 */
function placesIn(list, lengthM) {
  return [...list.children].flatMap((row) => {
    const [name, at, stop, cutoff] = row.querySelectorAll("input");
    const called = name?.value.trim().slice(0, 80);
    if (!called) return [];
    const [[at_m = 0], [stop_s], [cutoff_s]] = [at, stop, cutoff].map(numbersOf);
    return [{ name: called, at_m: Math.min(at_m, lengthM), ...(stop_s ? { stop_s } : {}), ...(cutoff_s ? { cutoff_s } : {}) }];
  });
}
