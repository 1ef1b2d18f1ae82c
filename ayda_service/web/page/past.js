// @ts-check
// A guest's own outings: the server reads them into a sealed profile that this browser alone keeps, for a month.

import { el, the } from "./dom.js";
import { keep, kept } from "./kept.js";
import { language, say } from "./say.js";
import { offline, refusal, Refused, sentenceOf } from "./send.js";
import { percent } from "./units.js";

/** @typedef {{sealed: string, expires_at: string, outings: Record<string, number>, dropped: Record<string, number>}} Past */
/** @typedef {{read?: number, of?: number, profile?: Past, problem?: {code: string, detail: string}}} Line */

const KEPT = "past";
const MOST_BYTES = 250 * 1024 * 1024;
const MOST_SILENT_MS = 60000;

let past = /** @type {Past | null} */ (null);
let running = /** @type {XMLHttpRequest | null} */ (null);
let changed = () => {};
let sport = () => "trail_run";

/** @param {any} found @returns {Past | null} */
function checked(found) {
  const whole = typeof found?.sealed === "string" && typeof found.outings === "object" && found.outings !== null;
  return whole && Date.parse(found.expires_at) > Date.now() ? { dropped: {}, ...found } : null;
}

/** @param {Past | null} found */
function remember(found) {
  past = found;
  keep(KEPT, found);
}

/** Whether the outings tell of this way to go. @param {string} mode */
export function tells(mode) {
  return past !== null && (past.outings[mode] ?? 0) > 0;
}

/** What goes along with a question. @param {unknown} mode @returns {{profile?: string}} */
export function pastFor(mode) {
  return past && tells(String(mode)) ? { profile: past.sealed } : {};
}

/** Forgets the outings here; elsewhere nothing of them is. */
export function forget() {
  remember(null);
  show();
}

/** @param {string} title @param {...string} more */
function write(title, ...more) {
  the("past-says").textContent = title;
  the("past-more").textContent = more.filter(Boolean).join(" ");
}

function show() {
  const reading = running !== null;
  the("past").toggleAttribute("data-empty", past === null);
  the("past-progress").hidden = !reading;
  the("past-stop").hidden = !reading;
  the("past-add").hidden = reading;
  the("past-forget").hidden = reading || past === null;
  the("outings-label").textContent = past ? say("Read others instead") : say("Add my outings");
  if (!past) {
    write(say("Make it about you: add recordings of yours, or Strava's export as it is."), say("They are read and then forgotten. What they tell is kept sealed in this browser, and nowhere else."));
    return;
  }
  const count = Object.values(past.outings).reduce((all, some) => all + some, 0);
  const left = Object.values(past.dropped).reduce((all, some) => all + some, 0);
  const until = new Date(past.expires_at).toLocaleDateString(language, { day: "numeric", month: "long", year: "numeric" });
  write(say("Your outings: {count}.", { count }), left > 0 ? say("Files left out: {count}.", { count: left }) : "", say("Kept sealed in this browser alone, until {date}.", { date: until }));
}

/** @param {string} says @param {number | null} share */
function progress(says, share) {
  const bar = /** @type {HTMLProgressElement} */ (the("past-bar"));
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
  if (the("past-progress-says").textContent !== says) the("past-progress-says").textContent = says;
}

/** @param {Line} line */
function tell(line) {
  const [read, of] = [line.read ?? 0, line.of ?? 0];
  if (of > 0) progress(say("Reading your outings: {read} of {of}", { read, of }), read / of);
  else progress(say("Waiting for the reading to begin …"), null);
}

/**
 * Has outings read; those that are being read are given up.
 * @param {File[]} files
 */
export async function takeOutings(files) {
  stop();
  the("past-trouble").hidden = true;
  if (files.length === 0) return;
  try {
    if (files.reduce((all, file) => all + file.size, 0) > MOST_BYTES) throw new Refused("files_too_large", say("These files are larger than 250 MB together. Leave out the photos, or send a part of them."));
    remember(await read(files));
    changed();
  } catch (problem) {
    if (problem === null) return;
    the("past-trouble").replaceChildren(el("p", {}, sentenceOf(problem)));
    the("past-trouble").hidden = false;
  } finally {
    goOn();
  }
}

/** Shows what came of it; who has waited on what is hidden now goes on beside it, once that is there again. */
function goOn() {
  show();
  if (document.activeElement === document.body) the("outings").focus({ preventScroll: true });
}

/** @param {File[]} files @returns {Promise<Past>} rejects with Refused, or with null when given up */
function read(files) {
  const form = new FormData();
  // names stay here: they may say more than their outings do
  files.forEach((file, number) => form.append("file", file, `${number}.part`));
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    running = request;
    show();
    progress(say("Sending the files: {share}", { share: percent(0) }), 0);
    let [seen, silence] = [0, 0];
    const heard = () => {
      clearTimeout(silence);
      silence = window.setTimeout(() => {
        reject(offline());
        request.abort();
      }, MOST_SILENT_MS);
    };
    const lines = () => {
      heard();
      const whole = request.responseText.lastIndexOf("\n") + 1;
      const told = request.status === 200 ? request.responseText.slice(seen, whole).split("\n").filter(Boolean) : [];
      seen = whole;
      for (const line of told) {
        const said = /** @type {Line} */ (parsed(line));
        tell(said);
        if (said.profile) resolve(said.profile);
        if (said.problem) reject(refusal(said.problem, null));
      }
    };
    request.open("POST", `/api/v1/guest/profiles?sport=${sport()}`);
    request.setRequestHeader("Accept-Language", language);
    request.upload.addEventListener("progress", (event) => {
      heard();
      if (event.lengthComputable) progress(say("Sending the files: {share}", { share: percent(event.loaded / event.total) }), event.loaded / event.total);
    });
    request.addEventListener("progress", lines);
    request.addEventListener("load", () => {
      lines();
      const known = request.status === 200 ? {} : parsed(request.responseText);
      reject(refusal(known, request.getResponseHeader("Retry-After")));
    });
    request.addEventListener("error", () => reject(offline()));
    request.addEventListener("abort", () => reject(null));
    request.addEventListener("loadend", () => {
      clearTimeout(silence);
      if (running === request) running = null;
      goOn();
    });
    request.send(form);
  });
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Gives up what is being read; the server forgets it at once. */
function stop() {
  running?.abort();
  running = null;
}

/**
 * @param {() => void} onChange called when there are other outings than before
 * @param {() => string} mode the way to go, for files that do not name their sport
 */
export function watchPast(onChange, mode) {
  changed = onChange;
  sport = () => (mode() === "hiking" ? "hike" : "trail_run");
  remember(checked(kept(KEPT)));
  show();
  const input = /** @type {HTMLInputElement} */ (the("outings"));
  input.addEventListener("change", () => {
    takeOutings([...(input.files ?? [])]);
    input.value = "";
  });
  the("past-stop").addEventListener("click", () => {
    stop();
    show();
    input.focus();
  });
  the("past-forget").addEventListener("click", () => {
    forget();
    input.focus();
    changed();
  });
}
