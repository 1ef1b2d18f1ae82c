// @ts-check
// How right predictions for a member were: on the whole, outing by outing, and which outing was which course.

import { el } from "./dom.js";
import { action, dayOf, facts, loading, part } from "./member_parts.js";
import { count, say } from "./say.js";
import { table } from "./tables.js";
import { length, number, percent, time } from "./units.js";

/** @typedef {import("./member.js").Member} Member */

/** @param {Member} member */
export function accuracyPart(member) {
  const { session } = member.asks;
  /** Courses that none of the outings was, which need not be asked about again now. @type {Set<string>} */
  const none = new Set();
  const { place, again } = loading(async () => {
    const known = await session.call("GET", "/accuracy");
    const made = part(say("How right it was"), known.elapsed.n ? comparedOf(known) : notYet(member), wrongOf(known, member, again), openOf(known, member, again, none));
    made.classList.add("accuracy");
    return made;
  });
  return place;
}

/** @param {any} known */
function comparedOf({ elapsed, newest }) {
  const { n, bias, mape, coverage } = elapsed;
  return [
    facts([
      [say("courses compared"), number(n)],
      [say("off by, on average"), percent(mape)],
      [bias >= 0 ? say("said too much, on average") : say("said too little, on average"), percent(Math.abs(bias))],
      [say("within the margin (80 % is promised)"), percent(coverage)],
    ]),
    table([say("day"), say("course"), say("said"), say("took"), say("within")], newest.map((/** @type {any} */ one) => [
      dayOf(one.started_at),
      one.course ?? say("your course"),
      time(one.said_s.p50),
      time(one.taken_s),
      one.said_s.p10 <= one.taken_s && one.taken_s <= one.said_s.p90 ? say("yes") : say("no"),
    ])),
  ];
}

/** @param {Member} member */
function notYet(member) {
  const told = member.prediction()?.interval;
  return [
    told?.measured_coverage != null && told.measured_on > 0 && el("p", {}, count(
      "Held against {number} past outing of yours, such a margin was right on {share} of them; it promises 80 %.",
      "Held against {number} past outings of yours, such a margin was right on {share} of them; it promises 80 %.",
      told.measured_on, { share: percent(told.measured_coverage) },
    )),
    el("p", {}, say("No course that was predicted for you has been compared with how it went yet. Once one is, it stands here: predicted, gone, and how often the margin held.")),
  ];
}

/** Comparisons that their member can take back. @param {any} known @param {Member} member @param {() => Promise<void>} again */
function wrongOf({ newest }, member, again) {
  if (!newest.length) return null;
  return el("details", { class: "wrongly" }, el("summary", {}, say("Was one of them not that course?")), newest.flatMap((/** @type {any} */ one) => [
    el("h3", {}, `${dayOf(one.started_at)}: ${one.course ?? say("your course")}`),
    link(say("That was not this course"), one.prediction_id, null, member, again),
  ]));
}

/** @param {any} known @param {Member} member @param {() => Promise<void>} again @param {Set<string>} none */
function openOf({ open }, member, again, none) {
  const asked = open.filter((/** @type {any} */ one) => one.candidates.length && !none.has(one.prediction_id));
  if (!asked.length) return null;
  return el("details", { class: "open" }, el("summary", {}, say("Was one of these the course you asked about?")), asked.flatMap((/** @type {any} */ one) => [
    el("h3", {}, one.course ?? say("your course")),
    el("p", { class: "quiet" }, say("asked on {day}, {length}", { day: dayOf(one.predicted_at), length: length(one.distance_m) })),
    ...one.candidates.map((/** @type {any} */ outing) => link(
      say("{day}: {length} in {time}", { day: dayOf(outing.started_at), length: length(outing.distance_m), time: time(outing.elapsed_s) }),
      one.prediction_id, outing.activity_id, member, again,
    )),
    link(say("None of them"), one.prediction_id, null, member, () => {
      none.add(one.prediction_id);
      return again();
    }),
  ]));
}

/** @param {string} label @param {string} prediction @param {string | null} activity @param {Member} member @param {() => Promise<void>} again */
function link(label, prediction, activity, member, again) {
  const { button, said } = action(label, async () => {
    await member.asks.session.call("PUT", `/predictions/${encodeURIComponent(prediction)}/outing`, { json: { activity_id: activity } });
    await again();
  });
  return el("div", {}, button, said);
}
