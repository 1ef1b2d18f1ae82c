// @ts-check
// The club: whether one wants to be found, who suits on this course, and pace groups. Names and words, never a figure.

import { el } from "./dom.js";
import { action, field, loading, part } from "./member_parts.js";
import { say } from "./say.js";
import { number, time } from "./units.js";

/** @typedef {import("./member.js").Member} Member */

const MOST_LETTERS = 40;

/** @returns {Record<string, string>} */
const bands = () => ({ very_close: say("very close"), close: say("close"), a_stretch: say("a stretch") });

/** @returns {Record<string, string>} */
const hints = () => ({
  holds_together: say("This group holds together."),
  wait_on_slopes: say("Expect gaps on climbs and descents: wait at the top and at the bottom."),
  wait_often: say("Expect to wait often."),
});

/** Why others cannot see somebody. @param {string | null} reason @param {string | null} advice */
function adviceOf(reason, advice) {
  if (reason === "private_source") return say("What is known of you comes from Strava, whose terms let nobody else see it. Send your recordings as files, and you can be found.");
  if (reason === "no_profile") return say("Nothing is known yet of how you go on such courses. Send some of your recordings.");
  return advice ?? "";
}

/** @param {Member} member */
export function clubRoom(member) {
  const room = loading(async () => {
    const state = await member.session.call("GET", `/matching?type=${member.mode()}`);
    return [choicePart(member, state, room.again), ...(state.opted_in ? courseOf(member) : [])];
  });
  return [room.place];
}

/** @param {Member} member @param {any} state @param {() => Promise<void>} done */
function choicePart(member, state, done) {
  const name = field("club-name", say("the name others see"), { value: state.name ?? "", maxlength: MOST_LETTERS });
  const choose = async (/** @type {boolean} */ opted_in) => {
    const json = opted_in ? { opted_in, name: name.input.value } : { opted_in };
    await member.session.call("PUT", `/matching?type=${member.mode()}`, { json });
    await done();
  };
  const join = action(state.opted_in ? say("Keep this name") : say("Let others find me"), () => choose(true), state.opted_in ? "button" : "button strong");
  const leave = state.opted_in && action(say("Be found no more"), () => choose(false), "plain");
  return part(
    say("Be found"),
    state.opted_in
      ? el("p", {}, el("b", {}, say("Others who want to be found see you.")), " ", say("They see your name and how well you suit each other on a course, nothing else."))
      : el("p", {}, say("Find people who go as you do, and be found by them. They see a name that you choose and one word, such as “close”: never your pace, your times or where you were.")),
    el("p", { class: "quiet" }, say("In the club's chat, /group names you in your pace group.")),
    state.visible === false && el("p", { class: "note" }, adviceOf(state.reason, state.advice)),
    name.row,
    el("p", { class: "choices" }, join.button, leave && leave.button),
    join.said,
    leave && leave.said,
  );
}

/** @param {Member} member */
function courseOf(member) {
  const { course } = member.asks;
  if (!course?.id) {
    const go = el("button", { type: "button", class: "button", click: () => member.open("route") }, say("Choose a course"));
    return [part(say("On a course"), el("p", {}, say("Ask for a course first, with its file: then you see here who suits you on it, and its pace groups.")), el("p", {}, go))];
  }
  const { id, name, mode } = course;
  return [
    loading(async () => partnersPart(name, await orRefused(() => member.session.call("GET", `/matches?route_id=${id}&type=${mode}`)))).place,
    loading(async () => groupsPart(name, await orRefused(() => member.session.call("POST", "/groups", { json: { route_id: id, type: mode } })))).place,
  ];
}

/** What was said, or the sentence why not, where that is an answer. @param {() => Promise<any>} ask */
async function orRefused(ask) {
  try {
    return await ask();
  } catch (problem) {
    /** @type {any} */
    const known = problem;
    if (["not_matchable", "too_few_for_groups", "groups_impossible"].includes(known?.code)) return { why: known.message };
    throw problem;
  }
}

/** @param {string} name @param {any} told */
function partnersPart(name, told) {
  return part(
    say("Partners"),
    name && el("p", { class: "quiet" }, name),
    told.why && el("p", {}, told.why),
    told.matches?.length === 0 && el("p", {}, say("Nobody who wants to be found suits you on this course yet.")),
    told.matches?.length > 0 && el("ul", { class: "people" }, told.matches.map((/** @type {any} */ match) => el("li", {}, el("span", {}, match.name), el("span", { class: `tag ${match.band === "very_close" ? "best" : ""}` }, bands()[match.band] ?? String(match.band))))),
  );
}

/** @param {string} name @param {any} told */
function groupsPart(name, told) {
  return part(
    say("Pace groups"),
    name && el("p", { class: "quiet" }, name),
    told.why && el("p", {}, told.why),
    told.reason && el("p", { class: "note" }, adviceOf(told.reason, told.advice)),
    (told.groups ?? []).map((/** @type {any} */ group) => el(
      "section",
      { class: `group ${group.yours ? "yours" : ""}` },
      el("h3", {}, say("Group {number}", { number: number(group.position) }), group.yours && el("span", { class: "tag best" }, say("you are here"))),
      group.time_range_min && el("p", {}, say("8 in 10 days: {from} to {to}", { from: time(60 * group.time_range_min[0]), to: time(60 * group.time_range_min[1]) })),
      el("p", {}, group.names.join(" · ")),
      el("p", { class: "quiet" }, hints()[group.hint] ?? ""),
    )),
  );
}
