// @ts-check
// The answer in its largest letters, the margin in words, and what it rests on.

import { el } from "./dom.js";
import { count, parts, say, sayWarning } from "./say.js";
import { height, length, minutes, number, time } from "./units.js";

/** @typedef {import("./along.js").Prediction} Prediction @typedef {import("./clock.js").Clock} Clock */

const LONG_M = 21000;
const MINUTE_S = 60;

/**
 * @param {Prediction} prediction
 * @param {Clock} clock
 * @param {Record<string, unknown>} asked
 */
export function answerOf(prediction, clock, asked) {
  const { elapsed_s: whole } = prediction;
  const bold = (/** @type {string} */ text) => el("b", {}, text);
  const finish = clock.known && el("p", { class: "finish" }, parts("home at {clock}", { clock: bold(clock.at(whole.p50)) }));
  const band = parts("8 in 10 such days end between {early} and {late}.", { early: bold(time(whole.p10)), late: bold(time(whole.p90)) });
  return el(
    "header",
    { class: "headline" },
    el("p", { class: "time" }, time(whole.p50)),
    el("div", { class: "row" }, el("p", {}, say("start to finish")), finish),
    el("p", { class: "margin" }, band, " ", stopsOf(prediction)),
    clock.known && el("p", { class: "quiet" }, startOf(clock)),
    el("p", { class: "quiet" }, basis(prediction, asked)),
    warningsOf(prediction, clock).map((warning) => el("p", { class: "note" }, warning)),
  );
}

/** @param {Prediction} prediction */
function stopsOf({ interval, stops_s: stops, effort }) {
  if (stops > 0) return say("Moving {moving}, stops {stops}.", { moving: time(interval.p50_s), stops: minutes(Math.max(MINUTE_S, stops)) });
  return effort === "race" ? say("Stops, as races have them, are in it.") : say("All of it moving.");
}

/** @param {Clock} clock */
function startOf(clock) {
  const [start, place] = [clock.start(), clock.place()];
  return place ? say("Start {start}, on the clock of {place}.", { start, place }) : say("Start {start}, at the course.", { start });
}

/** @param {Prediction} prediction @param {Record<string, unknown>} asked */
function basis(prediction, asked) {
  const own = prediction.profile_stats?.total_activities;
  if (own) return count("It rests on {number} outing of yours.", "It rests on {number} of your outings.", own);
  return asked.result
    ? say("It rests on the race you told of, and on how people go up and down hills.")
    : say("It rests on the pace you said, and on how people go up and down hills.");
}

/**
 * What one should know before one believes it.
 * @param {Prediction} prediction
 * @param {Clock} clock
 * @returns {string[]}
 */
function warningsOf(prediction, clock) {
  const warnings = (prediction.warnings ?? []).map((warning) => sayWarning(warning, figure));
  const { distance_m: metres } = prediction.route;
  const dark = prediction.daylight?.dark_s;
  if (dark && dark.p50 > 0) warnings.push(say("About {dark} of it are in the dark: take a lamp.", { dark: time(dark.p50) }));
  else if (dark && dark.p90 > 0) warnings.push(say("On a slow day you come into the dark: take a lamp."));
  if (!prediction.personalized) {
    const long = metres > LONG_M ? say("On long routes it cannot know how well you last.") : "";
    warnings.push(`${say("Nothing personal yet: this is how people of your pace go.")} ${long}`.trim());
  }
  return warnings;
}

/** A figure of a warning, whose name says its unit. @param {string} name @param {number | string | string[]} value */
function figure(name, value) {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return value.join(", ");
  if (name.endsWith("_height_m")) return height(value);
  if (name.endsWith("_m")) return value >= 1000 ? length(value) : height(value);
  return number(value, name.endsWith("_percent") || name === "times" ? 1 : 0);
}
