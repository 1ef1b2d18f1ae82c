// @ts-check
// What is known of a member: where it comes from, how it looks, and how right it was.

import { el } from "./dom.js";
import { accuracyPart } from "./member_accuracy.js";
import { curveOf } from "./member_curve.js";
import { importPart } from "./member_import.js";
import { outingsPart } from "./member_outings.js";
import { dateOf, facts, loading, part } from "./member_parts.js";
import { stravaPart } from "./member_strava.js";
import { say } from "./say.js";
import { table } from "./tables.js";
import { height, length, number, pace, paceFigure, percent, slope, time } from "./units.js";

/** @typedef {import("./member.js").Member} Member */

/** @returns {Record<string, string>} */
const levels = () => ({
  beginner: say("beginner"),
  intermediate: say("intermediate"),
  advanced: say("advanced"),
  elite: say("elite"),
});

/** @param {Member} member */
export function youRoom(member) {
  const profile = loading(() => profilePart(member));
  member.onLearned = profile.again;
  return [
    loading(() => stravaPart(member)).place,
    profile.place,
    outingsPart(member),
    importPart(member),
    accuracyPart(member),
  ];
}

/** @param {Member} member */
async function profilePart(member) {
  const profiles = await Promise.all(["trail_run", "hiking"].map((mode) => member.asks.profile(mode)));
  const [runs, hikes] = profiles;
  if (!runs.has_profile && !hikes.has_profile) {
    return part(say("Your profile"), el("p", {}, say("Nothing is known of you yet. Connect Strava, or send your recordings: a year of them is best, ten outings are a start.")));
  }
  return [
    runs.has_profile ? profileOf(say("Your profile, running"), runs, true) : null,
    hikes.has_profile ? profileOf(say("Your profile, hiking"), hikes, !runs.has_profile) : null,
  ];
}

/** @param {string} title @param {any} profile @param {boolean} explained whether it says how to read it */
function profileOf(title, profile, explained) {
  const { level_evidence: evidence, endurance, curve } = profile;
  return part(
    title,
    facts([
      [say("on the flat"), profile.flat_pace_p50 === null ? null : pace(profile.flat_pace_p50)],
      [say("outings"), profile.total_activities === null ? null : number(profile.total_activities)],
      [say("in all"), profile.total_km === null ? null : length(1000 * profile.total_km, 0)],
      [say("longest, moving"), endurance ? time(endurance.longest_s) : null],
      [say("level"), profile.level ? levels()[profile.level] ?? String(profile.level) : null],
    ]),
    evidence && el("p", { class: "quiet" }, say("The level rests on what you would take now: {flat} for {ten} on the flat, {climb} for {five} with {up} up.", {
      flat: time(evidence.flat_10k_s), ten: length(10000, 0), climb: time(evidence.climb_5k_s), five: length(5000, 0), up: height(1000),
    })),
    curve.length > 1 && [
      el("h3", {}, say("Your pace by slope")),
      curveOf(curve),
      explained && el("p", { class: "quiet" }, say("The line is your usual pace, the band the middle half of your days; where it is broken, too little of it is yours and other people fill in.")),
      el("details", {}, el("summary", {}, say("As a table")), table([say("slope"), say("usual"), say("middle half"), say("yours")], curve.map((/** @type {any} */ point) => [
        slope(point.gradient),
        paceFigure(point.pace_s_per_km.p50),
        `${paceFigure(point.pace_s_per_km.p25)} – ${paceFigure(point.pace_s_per_km.p75)}`,
        percent(1 - point.prior_share),
      ]))),
    ],
    profile.updated_at && el("p", { class: "quiet" }, say("As of {date}.", { date: dateOf(profile.updated_at) })),
  );
}
