// @ts-check
// The connection to Strava: its way through the phone's browser and back, and how far the reading is.

import { el, focusNow } from "./dom.js";
import { openOutside } from "./member_host.js";
import { action, dateOf, part, standAt, twice, wait } from "./member_parts.js";
import { number } from "./units.js";
import { say } from "./say.js";
import { sentenceOf } from "./send.js";

/** @typedef {import("./member.js").Member} Member */

const LOOK_MS = 4000;
const LONG_MS = 60000;
const PATIENCE_MS = 600000;
const CONNECTED = "connected";

/** @param {Member} member */
export async function stravaPart(member) {
  const place = el("div", { class: "strava" });
  let [looking, read] = [false, -1];
  const show = async () => {
    const status = await member.session.call("GET", "/strava/status");
    const sync = status.state === CONNECTED ? await member.session.call("GET", "/strava/sync").catch(() => null) : null;
    const [held, focused] = [place.contains(document.activeElement), focusNow()];
    place.replaceChildren(...(status.state === CONNECTED ? connected(member, sync, show) : offer(member, status, show)));
    focused();
    if (held && !place.contains(document.activeElement)) standAt(place);
    if (sync && read >= 0 && sync.activities_read !== read) await member.learned();
    read = sync ? sync.activities_read : -1;
    if (sync && isReading(sync) && !looking) void look();
  };
  const look = async () => {
    looking = true;
    await wait(LOOK_MS);
    looking = false;
    if (!place.isConnected) return;
    // who is being asked something keeps the question
    if (place.querySelector(".doubt:not(:empty)")) void look();
    else await show().catch(() => {});
  };
  await show();
  return part("Strava", place);
}

/** @param {any} sync */
const isReading = (sync) => ["never", "queued", "running"].includes(sync.status);

/** @param {Member} member @param {any} sync @param {() => Promise<void>} show */
function connected(member, sync, show) {
  const end = twice(say("Disconnect"), say("What Strava gave is erased here; files that you sent stay."), say("Yes, disconnect and erase what came from it"), async () => {
    await member.session.call("POST", "/strava/disconnect");
    await member.learned();
    await show();
  });
  end.button.id = "strava-end";
  return [
    el("p", {}, el("b", {}, say("Connected.")), " ", say("New activities come in by themselves.")),
    sync && el("p", { class: "quiet", role: "status" }, readingOf(sync)),
    sync && leftOut(sync),
    sync && isReading(sync) && sync.activities_known > 0 && el("progress", { max: sync.activities_known, value: sync.activities_read, "aria-label": say("How far the reading is") }),
    sync?.status === "failed" && el("p", { class: "unlikely" }, say("The last reading did not end well. It is tried again by itself.")),
    el("p", {}, end.button),
    end.said,
  ].filter((node) => node instanceof Node);
}

/** @param {any} sync */
function readingOf(sync) {
  const read = number(sync.activities_read);
  if (isReading(sync)) {
    return sync.activities_known > 0
      ? say("Reading your activities: {read} of {known}.", { read, known: number(sync.activities_known) })
      : say("Your activities are about to be read.");
  }
  if (sync.status === "waiting") return say("Strava lets us go on a little later: {read} of {known} are read.", { read, known: number(sync.activities_known) });
  return sync.finished_at ? say("Last looked {date}; activities read: {read}.", { date: dateOf(sync.finished_at), read }) : "";
}

/** Why activities teach nothing, and how many each. @param {any} sync */
function leftOut(sync) {
  const why = Object.entries(sync.left_out ?? {}).map(([code, count]) => `${reasonOf(code)}: ${number(count)}`);
  return why.length > 0 && el("p", { class: "quiet" }, say("Left out, because they would teach something wrong: {reasons}.", { reasons: why.join("; ") }));
}

/** @param {string} code */
export function reasonOf(code) {
  const reasons = {
    typed_in: say("typed in by hand"),
    indoors: say("recorded indoors"),
    too_short: say("too short"),
    implausible_time: say("at a date that cannot be"),
    no_details: say("without a recording"),
    no_heights: say("without heights"),
    contradicts_summary: say("distance, time or climb contradict themselves"),
    vehicle: say("gone in a vehicle"),
    impossible_pace: say("faster than anybody is"),
    no_pace: say("at no pace on foot"),
    same_outing: say("recorded twice"),
  };
  return reasons[/** @type {keyof typeof reasons} */ (code)] ?? code;
}

/** @param {Member} member @param {any} status @param {() => Promise<void>} show */
function offer(member, status, show) {
  const lost = status.state === "reauth_required";
  const connect = connectAction(member, lost ? say("Connect again") : say("Connect Strava"), "", show);
  return [
    el("p", {}, lost ? say("Strava no longer lets us in. Connect it again, and nothing is lost.") : say("Connect Strava, and every answer is about you: your climbs, your descents, your long days.")),
    el("p", { class: "quiet" }, say("Your phone's browser opens, you decide at Strava, and its last page leads back here.")),
    el("p", {}, connect.button),
    connect.said,
  ];
}

/**
 * Opens Strava outside of Telegram and watches for the connection.
 * @param {Member} member
 * @param {string} label
 * @param {string} wish more of the question, such as `&uploads=true`
 * @param {() => Promise<unknown>} done
 */
export function connectAction(member, label, wish, done) {
  return action(label, async (says) => {
    const before = await member.session.call("GET", "/strava/status");
    const { authorization_url } = await member.session.call("GET", `/strava/auth?elsewhere=true${wish}`);
    openOutside(authorization_url);
    says(say("Waiting for you to come back from your browser …"));
    void watch(member, before.updated_at, says, done);
  }, "button strong");
}

/** @param {Member} member @param {string | null} before @param {(...children: any[]) => void} says @param {() => Promise<unknown>} done */
async function watch(member, before, says, done) {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    await wait(LOOK_MS);
    if (document.hidden) continue;
    const now = await member.session.call("GET", "/strava/status").catch(() => null);
    if (now?.state === CONNECTED && now.updated_at !== before) {
      says();
      await member.learned();
      await done();
      return;
    }
    if (waited >= LONG_MS) says(say("Nothing has come back yet. If Strava said that no more people can connect, tell whoever runs the club; otherwise begin again here."));
  }
}

/**
 * Ends in Telegram what was begun in the browser.
 * @param {Member} member
 * @param {string} claim
 * @returns {Promise<string>} what to say of it
 */
export async function complete(member, claim) {
  try {
    await member.session.call("POST", "/strava/complete", { json: { claim } });
    return say("Strava is connected. Your activities are being read now.");
  } catch (problem) {
    return sentenceOf(problem);
  }
}
