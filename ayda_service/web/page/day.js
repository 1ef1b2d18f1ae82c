// @ts-check
// A day on the course: what was expected, and when somebody came through. It is kept in this browser and nowhere else.

import { keep, kept } from "./kept.js";
import { MOST_PLACES, within } from "./link.js";
import { tickStep } from "./look.js";
import { lengthUnitM } from "./units.js";

/**
 * @typedef {import("./along.js").Quantiles} Quantiles
 * @typedef {{name: string, at: number, eta: number[], stop: number, cutoff: number | null, passed: number | null}} DayPlace
 *   metres and seconds from the start; `eta` at P10, P50, P90; without a name it goes by its distance
 * @typedef {{name: string, start: string | null, zone: string | null, length: number, gain: number, moving: number[],
 *   finish: number[], places: DayPlace[], done: number | null}} Day
 */

const KEPT = "day";
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;
const FEW = 3;
const MARKS = 6;
const END_M = 50;

/** @param {Quantiles} q */
const three = (q) => [q.p10, q.p50, q.p90];

/**
 * The day of an answer: its checkpoints, or some marks along the way where there are few.
 * @param {string} name
 * @param {import("./along.js").Along} along
 * @param {string | null} start as the answer tells it, or as it was asked for
 * @returns {Day}
 */
export function dayOf(name, along, start) {
  const { checkpoints, route, interval, elapsed_s, time_zone } = along.prediction;
  const inside = (/** @type {number} */ at) => at > END_M && at < along.lengthM - END_M;
  const places = checkpoints
    .filter((place) => inside(place.at_m))
    .map((place) => ({ name: place.name, at: place.at_m, eta: three(place.eta_s), stop: place.stop_s, cutoff: place.cutoff_s, passed: null }));
  if (places.length < FEW) {
    const unit = lengthUnitM();
    const step = Math.max(1, tickStep(along.lengthM / unit, MARKS)) * unit;
    for (let at = step; inside(at); at += step) {
      const near = places.some((place) => place.name && Math.abs(place.at - at) < step / 4);
      if (!near) places.push({ name: "", at: Math.round(at), eta: three(along.clockAt(at)).map(Math.round), stop: 0, cutoff: null, passed: null });
    }
  }
  places.sort((one, other) => one.at - other.at);
  const moving = [interval.p10_s, interval.p50_s, interval.p90_s];
  return {
    name, start, zone: time_zone ?? null, length: route.distance_m, gain: route.gain_m, moving, finish: three(elapsed_s), places, done: null,
  };
}

/** What of a day the server is asked about, in its words. @param {Day} day */
export function questionOfDay(day) {
  const told = (/** @type {number[]} */ [p10, p50, p90]) => ({ p10, p50, p90 });
  const places = day.places.map((place) => ({
    at_m: place.at, eta_s: told(place.eta), stop_s: place.stop, ...(place.cutoff ? { cutoff_s: place.cutoff } : {}),
  }));
  const passed = day.places.flatMap((place) => (place.passed ? [{ at_m: place.at, elapsed_s: place.passed }] : []));
  if (day.done) passed.push({ at_m: day.length, elapsed_s: day.done });
  return { expected: { distance_m: day.length, gain_m: day.gain, moving_s: told(day.moving), finish_s: told(day.finish), places }, passed };
}

/** Whether two are of one course and one start, whatever was passed. @param {Day} one @param {Day} other */
const alike = (one, other) => one.name === other.name && one.start === other.start && Math.abs(one.length - other.length) < 1;

/**
 * A day from a link, with what this browser knows of it already.
 * @param {Day} linked
 */
export function joined(linked) {
  const mine = keptDay();
  if (!mine || !alike(mine, linked)) return linked;
  const passed = new Map(mine.places.map((place) => [place.at, place.passed]));
  const places = linked.places.map((place) => ({ ...place, passed: place.passed ?? passed.get(place.at) ?? null }));
  return { ...linked, places, done: linked.done ?? mine.done };
}

/** @returns {Day | null} */
export const keptDay = () => checkedDay(kept(KEPT));

/** @param {Day | null} day null forgets it */
export const keepDay = (day) => keep(KEPT, day);

/** @param {any} three @returns {number[] | null} */
const quantiles = (three) => (Array.isArray(three) && three.length === 3 && three.every((each) => within(each, 1, 1e7)) ? [...three] : null);

/**
 * A day that came from outside: of a link, or of what the browser has kept.
 * @param {any} day
 * @returns {Day | null}
 */
export function checkedDay(day) {
  const moving = quantiles(day?.moving);
  const finish = quantiles(day?.finish);
  if (!moving || !finish || !within(day.length, 1, 1e6) || !within(day.gain, 0, 1e5) || !Array.isArray(day.places)) return null;
  const known = (/** @type {unknown} */ text) => (typeof text === "string" && text.length <= 64 ? text : null);
  return {
    name: typeof day.name === "string" ? day.name.slice(0, 120) : "",
    start: startKnown(known(day.start)),
    zone: zoneKnown(known(day.zone)),
    length: day.length,
    gain: day.gain,
    moving,
    finish,
    places: day.places.slice(0, MOST_PLACES).flatMap(placeOfDay),
    done: within(day.done, 1, 1e7) ? day.done : null,
  };
}

/** @param {string | null} start @returns {string | null} */
const startKnown = (start) => (start && MOMENT.test(start) && !Number.isNaN(Date.parse(start)) ? start : null);

/** @param {string | null} zone @returns {string | null} one that this browser can tell times of */
function zoneKnown(zone) {
  try {
    return zone && new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** @param {any} place @returns {DayPlace[]} */
function placeOfDay(place) {
  const eta = quantiles(place?.eta);
  if (!eta || !within(place.at, 1, 1e6)) return [];
  const name = typeof place.name === "string" ? place.name.slice(0, 80) : "";
  const time = (/** @type {unknown} */ value) => (within(value, 1, 1e7) ? /** @type {number} */ (value) : null);
  return [{ name, at: place.at, eta, stop: within(place.stop, 0, 86400) ? place.stop : 0, cutoff: time(place.cutoff), passed: time(place.passed) }];
}
