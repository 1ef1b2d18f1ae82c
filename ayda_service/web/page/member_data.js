// @ts-check
// What is kept of a member: recordings and their way to Strava, how they are spoken to, all of it as a file, none of it.

import { el, the } from "./dom.js";
import { forgetAll } from "./kept.js";
import { tell } from "./member_host.js";
import { action, dateOf, dayOf, field, loading, part, standAt, twice, wait } from "./member_parts.js";
import { connectAction } from "./member_strava.js";
import { language, parts, say } from "./say.js";
import { height, length, metric, number, time } from "./units.js";

/** @typedef {import("./member.js").Member} Member */

const LANGUAGES = { en: "English", ru: "Русский", ko: "한국어" };
const LOOK_MS = 2000;
const LOOKS = 30;

/** @param {Member} member */
export function dataRoom(member) {
  const kept = loading(() => recordingsPart(member, async (entry) => {
    await kept.again();
    const left = kept.place.querySelectorAll(".recordings li");
    standAt(left[Math.min(entry, left.length - 1)]);
  }));
  return [kept.place, voicePart(member), exportPart(member), erasePart(member)];
}

/** @returns {Record<string, string>} */
const sports = () => ({ run: say("run"), trail_run: say("trail run"), hike: say("hike"), walk: say("walk") });

/** @returns {Record<string, string>} */
const states = () => ({
  pending: say("waits for Strava"),
  processing: say("is on its way to Strava"),
  completed: say("is at Strava"),
  failed: say("did not reach Strava"),
});

/** @param {Member} member @param {(entry: number) => Promise<void>} again goes on at this entry, or at the last one */
async function recordingsPart(member, again) {
  const [{ activities }, { uploads }] = await Promise.all([member.session.call("GET", "/activities"), member.session.call("GET", "/strava/uploads")]);
  /** @type {Map<string, any>} */
  const byActivity = new Map(uploads.map((/** @type {any} */ upload) => [upload.activity_id, upload]));
  return part(
    say("Your recordings"),
    activities.length === 0 && el("p", {}, say("None are kept. Recordings that you send to the bot, one by one, stand here and can go on to Strava.")),
    activities.length > 0 && el("ul", { class: "recordings" }, activities.map((/** @type {any} */ activity, /** @type {number} */ entry) => recording(member, activity, byActivity.get(activity.id), () => again(entry)))),
  );
}

/** @param {Member} member @param {any} activity @param {any} upload @param {() => Promise<void>} again */
function recording(member, activity, upload, again) {
  const path = `/activities/${activity.id}`;
  const when = dayOf(activity.started_at);
  const send = action(upload?.status === "failed" ? say("Try again") : say("Send to Strava"), async (says) => {
    try {
      await member.session.call("POST", `/strava/upload/${activity.id}`);
    } catch (problem) {
      /** @type {any} */
      const known = problem;
      if (known?.code !== "upload_scope_missing") throw problem;
      const allow = connectAction(member, say("Allow it at Strava"), "&uploads=true", again);
      says(el("p", {}, say("Strava has to be told that we may send it something.")), allow.button, allow.said);
      return;
    }
    await again();
  });
  const remove = twice(say("Erase"), say("What Strava was sent stays there."), say("Yes, erase it"), async () => {
    await member.session.call("DELETE", path);
    await again();
  });
  remove.button.setAttribute("aria-label", say("Erase the recording of {date}", { date: when }));
  const sendable = activity.provenance !== "strava_api" && (!upload || upload.status === "failed");
  return el(
    "li",
    {},
    el("p", {}, el("b", {}, when), " ", [sports()[activity.sport] ?? "", length(activity.distance_m), say("{metres} up", { metres: height(activity.gain_m) }), time(activity.moving_time_s)].filter(Boolean).join(" · ")),
    upload && el("p", { class: upload.status === "failed" ? "unlikely" : "quiet" }, states()[upload.status] ?? "", upload.status === "pending" && upload.retry_at ? `, ${say("next try {date}", { date: dateOf(upload.retry_at) })}` : ""),
    upload?.status === "failed" && upload.error_message && el("p", { class: "quiet" }, upload.error_message),
    el("p", { class: "choices" }, sendable && send.button, remove.button),
    send.said,
    remove.said,
  );
}

/** @param {Member} member */
function voicePart(member) {
  /** @param {string} name @param {string} value @param {string} label @param {boolean} checked @param {() => unknown} act */
  const radio = (name, value, label, checked, act) => el("label", { lang: name === "speaks" ? value : null }, el("input", { type: "radio", name, value, checked, change: act }), el("span", {}, label));
  return part(
    say("Language and units"),
    el("p", { class: "quiet" }, say("The same as in the chat with the bot.")),
    el("fieldset", { class: "segments" }, el("legend", { class: "unseen" }, say("Language")), Object.entries(LANGUAGES).map(([code, name]) => radio("speaks", code, name, code === language, () => member.speak(code)))),
    el("fieldset", { class: "segments two" }, el("legend", { class: "unseen" }, say("Units")), ["metric", "imperial"].map((code) => radio("measures", code, code === "metric" ? say("kilometres") : say("miles"), (code === "metric") === metric(), () => the("units").click()))),
  );
}

/** @param {Member} member */
function exportPart(member) {
  const all = action(say("Download everything"), async (says) => says(await member.save({ what: "export" })));
  const made = part(say("All of it, as a file"), el("p", {}, say("Everything that is stored about you, in one file (JSON).")), el("p", {}, all.button), all.said);
  made.classList.add("export");
  return made;
}

/** @param {Member} member */
function erasePart(member) {
  const word = say("erase");
  const typed = field("erase-word", parts("To make sure, type: {word}", { word: el("b", {}, word) }), { autocapitalize: "off", spellcheck: "false" });
  const erase = action(say("Erase everything about me"), async (says) => {
    if (typed.input.value.trim().toLocaleLowerCase(language) !== word) {
      says(say("Type the word first: {word}", { word }));
      typed.input.focus();
      return;
    }
    leave(member, await member.session.call("DELETE", "/me"));
  }, "button danger");
  return part(
    say("None of it any more"),
    el("p", {}, say("This erases the connection, recordings, profile, answers and your name in the club, here and at the prediction service. It cannot be undone.")),
    typed.row,
    el("p", {}, erase.button),
    erase.said,
  );
}

/** The receipt, and nothing else any more. @param {Member} member @param {any} receipt */
function leave(member, receipt) {
  member.session.end();
  forgetAll();
  const place = el("div", { role: "status" });
  const shown = el("main", { class: "room", id: "receipt", tabindex: -1 }, el("h1", {}, say("Everything is erased")), place);
  place.replaceChildren(receiptPart(receipt));
  member.closeFor(shown);
  void follow(member, receipt, (now) => place.replaceChildren(receiptPart(now)));
}

/** @param {any} receipt */
function receiptPart(receipt) {
  const rows = (/** @type {Record<string, number> | null} */ erased) => (erased ? number(Object.values(erased).reduce((sum, count) => sum + count, 0)) : "…");
  const close = el("button", { type: "button", class: "button", click: () => tell("web_app_close") }, say("Close"));
  return part(
    say("Your receipt"),
    el("dl", { class: "receipt" },
      el("dt", {}, say("number")), el("dd", { class: "code" }, receipt.id),
      el("dt", {}, say("asked for")), el("dd", {}, dateOf(receipt.requested_at)),
      el("dt", {}, say("entries erased here")), el("dd", {}, rows(receipt.erased_in_ayda)),
      receipt.predictor !== "not_configured" && [el("dt", {}, say("at the prediction service")), el("dd", {}, rows(receipt.erased_in_predictor))],
      receipt.strava !== "not_connected" && [el("dt", {}, "Strava"), el("dd", {}, consentOf(receipt.strava))],
    ),
    el("p", {}, receipt.finished_at ? say("All is done.") : say("What is left goes on by itself, also when you close this.")),
    el("p", { class: "quiet" }, say("Keep the number: with it, whoever runs this can see what was erased. If you write to the bot again, you begin anew.")),
    el("p", {}, close),
  );
}

/** @param {string} strava */
function consentOf(strava) {
  if (strava === "revoked") return say("the connection has ended");
  if (strava === "given_up") return say("could not be told: please end the connection in Strava's settings, under My Apps");
  return say("is being told");
}

/** @param {Member} member @param {any} receipt @param {(now: any) => void} show */
async function follow(member, receipt, show) {
  for (let looks = 0; looks < LOOKS && receipt.finished_at === null; looks += 1) {
    await wait(LOOK_MS);
    receipt = await member.session.call("GET", `/me/erasures/${receipt.id}`).catch(() => receipt);
    show(receipt);
  }
}
