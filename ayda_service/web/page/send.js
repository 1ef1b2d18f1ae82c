// @ts-check
// The question on its way: how far the file is sent, that it is being read, and what came of it.

import { language, say } from "./say.js";
import { metric } from "./units.js";

const PATIENCE_MS = 65000;

/** In which language the server says what is wrong. @type {Record<string, string>} */
export const SPOKEN = { "Accept-Language": language };

/** What went wrong, in a sentence that says what to do. */
export class Refused extends Error {
  /** @param {string} code @param {string} sentence */
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

/** @param {unknown} problem */
export const sentenceOf = (problem) => (problem instanceof Refused ? problem.message : say("Something went wrong here. Please try again in a moment."));

/** @param {unknown} problem what the server said @param {string | null} retryAfter @returns {Refused} */
export function refusal(problem, retryAfter) {
  const known = /** @type {{code?: string, detail?: string}} */ (problem ?? {});
  if (typeof known.code !== "string" || typeof known.detail !== "string") {
    return new Refused("unknown", sentenceOf(null));
  }
  const wait = Number(retryAfter);
  return new Refused(known.code, wait > 0 ? `${known.detail} ${say("Try again in {seconds} s.", { seconds: wait })}` : known.detail);
}

export const offline = () => new Refused("offline", say("The server cannot be reached. Check your connection and try again."));

/**
 * A question as a guest sends it, with the course where there is a file of it.
 * @param {Record<string, unknown>} question
 * @param {File | Blob | null} file
 * @returns {{body: FormData | string, headers: Record<string, string>}}
 */
function sent(question, file) {
  if (!file) return { body: JSON.stringify(question), headers: { "Content-Type": "application/json" } };
  const form = new FormData();
  form.append("question", JSON.stringify(question));
  form.append("file", file, "course.gpx");
  return { body: form, headers: {} };
}

let running = /** @type {XMLHttpRequest | null} */ (null);

/** Ends the question that is under way. */
export function giveUp() {
  running?.abort();
  running = null;
}

/**
 * The answer to a question; an earlier one that is still under way is given up.
 * @param {Record<string, unknown>} question
 * @param {File | Blob | null} file
 * @param {(sent: number | null) => void} onProgress the share that is sent, null once all is
 * @returns {Promise<import("./along.js").Prediction>} null never: it rejects with Refused, or with null when given up
 */
export function ask(question, file, onProgress) {
  giveUp();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    running = request;
    request.open("POST", "/api/v1/guest/predictions");
    request.responseType = "json";
    request.timeout = PATIENCE_MS;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.loaded < event.total) onProgress(event.loaded / event.total);
    });
    request.upload.addEventListener("load", () => onProgress(null));
    request.addEventListener("load", () => (request.status === 200 && request.response ? resolve(request.response) : reject(refusal(request.response, request.getResponseHeader("Retry-After")))));
    request.addEventListener("error", () => reject(offline()));
    request.addEventListener("timeout", () => reject(new Refused("timeout", say("This takes too long. Try again, or thin the file out first."))));
    request.addEventListener("abort", () => reject(null));
    const { body, headers } = sent(question, file);
    for (const [name, value] of Object.entries({ ...SPOKEN, ...headers })) request.setRequestHeader(name, value);
    request.send(body);
  });
}

/**
 * @param {string} path
 * @param {{body: FormData | string, headers: Record<string, string>}} given
 * @returns {Promise<Response>} one that is well; it rejects with Refused
 */
async function post(path, given) {
  const headers = { ...SPOKEN, ...given.headers };
  const answer = await fetch(path, { method: "POST", signal: AbortSignal.timeout(PATIENCE_MS), body: given.body, headers }).catch(() => {
    throw offline();
  });
  if (!answer.ok) throw refusal(await answer.json().catch(() => null), answer.headers.get("Retry-After"));
  return answer;
}

/**
 * What one takes along from an answer: made anew from its question, as nothing of a guest is kept.
 * @param {string} kind such as `card.png`
 * @param {Record<string, unknown>} question
 * @param {File | Blob | null} file
 * @returns {Promise<Blob>} it rejects with Refused
 */
export async function takenAlong(kind, question, file) {
  const how = `lang=${language}&units=${metric() ? "metric" : "imperial"}`;
  return (await post(`/api/v1/guest/plans/${kind}?${how}`, sent(question, file))).blob();
}

/**
 * @typedef {{passed_at_m: number, behind_s: number, finish_s: import("./along.js").Quantiles,
 *   ahead: Array<{at_m: number, eta_s: import("./along.js").Quantiles, p_in_time: number | null}>}} Reforecast
 * @param {Record<string, unknown>} expected
 * @param {Array<{at_m: number, elapsed_s: number}>} passed
 * @returns {Promise<Reforecast>} it rejects with Refused
 */
export async function reforecast(expected, passed) {
  return (await post("/api/v1/reforecasts", sent({ expected, passed }, null))).json();
}

/**
 * What a text means that somebody typed.
 * @param {string} kind of thing
 * @param {string} text
 * @returns {Promise<{numbers: number[], wrong: string | null}>} it rejects with Refused
 */
export async function meaning(kind, text) {
  const path = `/api/v1/typed?units=${metric() ? "metric" : "imperial"}`;
  return (await post(path, sent({ kind, text }, null))).json();
}

/** @returns {Promise<Array<{id: string, name: string, country: string, distances: Array<{id: string, name: string, facts: any}>}>>} */
export async function races() {
  const answer = await fetch("/api/v1/races");
  if (!answer.ok) return [];
  return (await answer.json()).races;
}
