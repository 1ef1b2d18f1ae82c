// @ts-check
// A whole past at once: how far its archive is sent and read, and what was left out and why.

import { el } from "./dom.js";
import { keep, kept } from "./kept.js";
import { tell } from "./member_host.js";
import { outcome, part, wait } from "./member_parts.js";
import { count, say } from "./say.js";
import { number, percent } from "./units.js";

/** @typedef {import("./member.js").Member} Member */

const KEPT = "import";
const FIRST_LOOK_MS = 700;
const LAST_LOOK_MS = 5000;
const SLOWER = 1.4;

/** Codes of files that were left out, by the reason people understand. @type {Array<[string[], () => string]>} */
const REASONS = [
  [["other_sport", "sport_unknown"], () => say("another sport, or none is named")],
  [["no_position"], () => say("recorded indoors")],
  [["no_time", "implausible_time"], () => say("without usable times")],
  [["no_elevation", "sparse_elevation", "zero_elevation"], () => say("without usable heights")],
  [["no_pace"], () => say("too short, or no pace of somebody on foot")],
  [["duplicate", "duplicate_row"], () => say("the same outing a second time")],
  [["too_long", "too_large", "too_slow", "too_many_points", "archive_too_large", "too_many_entries"], () => say("too large")],
];

/** @param {Member} member */
export function importPart(member) {
  const bar = el("progress", { hidden: true, "aria-label": say("How far it is") });
  const told = el("div", { class: "told", role: "status" });
  const input = el("input", { type: "file", id: "past-files", class: "unseen", multiple: true });
  const says = (/** @type {Array<Node | string>} */ ...children) => told.replaceChildren(...children);

  const look = (/** @type {string} */ id) => member.session.call("GET", `/imports/${encodeURIComponent(id)}`);

  const follow = async (/** @type {any} */ state) => {
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(LAST_LOOK_MS, pause * SLOWER)) {
      show(state);
      if (state.status === "done" || state.status === "failed") return;
      await wait(pause);
      if (!bar.isConnected) return;
      state = await look(state.id);
      if (state.status === "done" && state.added > 0) await member.learned();
    }
  };

  const show = (/** @type {any} */ state) => {
    const over = state.status === "done" || state.status === "failed";
    bar.hidden = over;
    if (state.files_total > 0) Object.assign(bar, { max: state.files_total, value: state.files_read });
    else bar.removeAttribute("value");
    if (state.status === "done") says(...resultOf(state));
    else if (state.status === "failed") says(el("p", { class: "unlikely" }, say("It could not be read.")), el("p", {}, state.detail ?? ""));
    else says(state.files_total > 0 ? say("Reading: {read} of {total} files.", { read: number(state.files_read), total: number(state.files_total) }) : say("It has arrived and is about to be read. You may close this; it goes on."));
  };

  const send = async (/** @type {File} */ file) => {
    bar.hidden = false;
    bar.max = 1;
    tell("web_app_setup_closing_behavior", { need_confirmation: true });
    let state;
    try {
      state = await member.session.call("POST", "/imports", {
        file,
        name: file.name,
        onProgress: (sent) => {
          if (sent === null) bar.removeAttribute("value");
          else bar.value = sent;
          says(sent === null ? say("All is sent.") : say("Sending: {share}", { share: percent(sent) }));
        },
      });
    } catch (problem) {
      bar.hidden = true;
      says();
      throw problem;
    } finally {
      tell("web_app_setup_closing_behavior", { need_confirmation: false });
      input.value = "";
    }
    keep(KEPT, state.id);
    await follow(state);
    if (state.status === "done") await member.learned();
  };

  const { said, attempt } = outcome();
  const sendAll = (/** @type {File[]} */ files) => attempt(async () => {
    for (const file of files) await send(file);
  });
  input.addEventListener("change", () => void sendAll([...(input.files ?? [])]));
  const [before, brought] = [kept(KEPT), member.brought.splice(0)];
  if (brought.length > 0) void sendAll(brought);
  else if (before) look(before).then(follow).catch(() => keep(KEPT, null));
  return part(
    say("Send your past"),
    el("p", {}, say("The export of your Strava or watch account as it is, a ZIP of recordings, or single ones: GPX, TCX and FIT.")),
    el("p", { class: "quiet" }, say("What comes as files may also count when the club looks for partners, which what Strava tells may not.")),
    el("p", { class: "chooses" }, input, el("label", { class: "button", for: "past-files" }, say("Choose a file"))),
    bar,
    told,
    said,
  );
}

/** @param {any} state */
function resultOf(state) {
  const left = leftOut(state.dropped);
  return [
    el("p", {}, el("b", {}, count("{number} outing added.", "{number} outings added.", state.added)), state.duplicates > 0 ? ` ${count("{number} was there already.", "{number} were there already.", state.duplicates)}` : ""),
    left.length > 0 && el("details", {}, el("summary", {}, say("Left out: {files}", { files: number(left.reduce((sum, [, files]) => sum + files, 0)) })), el("ul", {}, left.map(([why, files]) => el("li", {}, `${why}: ${number(files)}`)))),
  ].filter((node) => node instanceof Node);
}

/** @param {Record<string, number>} dropped @returns {Array<[string, number]>} */
function leftOut(dropped) {
  const rest = new Map(Object.entries(dropped));
  /** @type {Array<[string, number]>} */
  const told = [];
  for (const [codes, why] of REASONS) {
    const files = codes.reduce((sum, code) => sum + (rest.get(code) ?? 0), 0);
    for (const code of codes) rest.delete(code);
    if (files > 0) told.push([why(), files]);
  }
  const damaged = [...rest.values()].reduce((sum, files) => sum + files, 0);
  if (damaged > 0) told.push([say("damaged, or no recording"), damaged]);
  return told;
}
