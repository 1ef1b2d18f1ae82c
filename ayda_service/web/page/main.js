// @ts-check
// The page: a course, three questions, an answer, and what follows from it.

import { Along } from "./along.js";
import { answerOf } from "./answer.js";
import { inOtherUnits, mode, question, restore, showAsk, watchAsk } from "./ask.js";
import { checkpointsOf } from "./checkpoints.js";
import { Clock } from "./clock.js";
import { checkedDay, keptDay } from "./day.js";
import { calmly, el, focusNow, putAway, the } from "./dom.js";
import { filesOf, sorted } from "./files.js";
import { goalOf } from "./goal.js";
import { readTrack } from "./gpx.js";
import { dayIn, questionOf } from "./link.js";
import { lookOf, plainOutline, watchWidth } from "./look.js";
import { dayDoor, OnDay } from "./onday.js";
import { forget, pastFor, takeOutings, watchPast } from "./past.js";
import { listRaces, watchRaces } from "./races.js";
import { language, learnMembersWords, say } from "./say.js";
import { ask, giveUp, Refused, sentenceOf, takenAlong } from "./send.js";
import { climbsTable, splitsOf, whyOf } from "./tables.js";
import { tabsOf } from "./tabs.js";
import { takeAlong } from "./take.js";
import { watchDark, wearTelegram } from "./telegram.js";
import { height, length, metric, percent, switchUnits } from "./units.js";

/**
 * @typedef {{name: string, file: File | Blob | null, race: {race_id: string, distance_id: string} | null, track: import("./gpx.js").Track | null}} Course
 */

const CALM_MS = 150;
const PAST_OVER = new Set(["bad_guest_profile", "guest_profile_expired"]);

/** What is on the page now. */
const state = {
  course: /** @type {Course | null} */ (null),
  checkpoints: /** @type {any[] | null} */ (null),
  goalS: /** @type {number | null} */ (null),
  prediction: /** @type {import("./along.js").Prediction | null} */ (null),
  asked: /** @type {Record<string, any>} */ ({}),
  tab: "splits",
  day: /** @type {OnDay | null} */ (null),
  taken: /** @type {{of: unknown, shown: HTMLElement} | null} */ (null),
};

/** Who answers questions, who reads outings and who makes what is taken along: as for anyone, until a member is there. */
const asks = {
  /** @type {typeof ask} */
  ask: (asked, file, onProgress) => ask({ ...asked, ...pastFor(asked.mode) }, file, onProgress),
  giveUp,
  outings: takeOutings,
  make: (/** @type {string} */ kind, /** @type {Course} */ course, /** @type {import("./along.js").Prediction} */ _prediction) =>
    takenAlong(kind, { ...state.asked, ...pastFor(state.asked.mode) }, course.file),
  outside: /** @type {((kind: string, prediction: import("./along.js").Prediction) => Promise<string>) | null} */ (null),
  shown: () => {},
};

/** All that is asked of the server. @returns {Record<string, any> | null} */
function wholeQuestion() {
  const asked = question();
  if (!asked || !state.course) return null;
  return {
    ...asked,
    ...(state.course.race ?? {}),
    ...(state.checkpoints ? { checkpoints: state.checkpoints } : {}),
    ...(state.goalS ? { goal_s: state.goalS } : {}),
  };
}

/** @param {Course} course */
function take(course) {
  state.course = course;
  state.prediction = null;
  the("chosen").hidden = false;
  the("question").hidden = false;
  the("course-name").textContent = course.name;
  putAway("choose", "course-name");
  the("answer").hidden = true;
  asks.shown();
  showCourse();
  askNow();
}

/** The line of a course, as soon as it is known. @param {Course} course @param {import("./gpx.js").Track} track */
function draw(course, track) {
  course.track = track;
  course.name = track.name || course.name;
  the("course-name").textContent = course.name;
  if (state.prediction) {
    showAnswer();
    return;
  }
  showCourse();
  the("answer").replaceChildren(plainOutline(track));
  the("answer").hidden = false;
}

function showCourse() {
  const facts = state.prediction?.route;
  const metres = facts?.distance_m ?? state.course?.track?.distanceM.at(-1);
  const up = facts ? say("{metres} up", { metres: height(facts.gain_m) }) : "";
  the("course-facts").textContent = [metres ? length(metres) : "", up].filter(Boolean).join(" · ");
}

async function askNow() {
  const asked = wholeQuestion();
  const { course } = state;
  if (!asked || !course) return;
  putAway("trouble", "course-name");
  the("answer").setAttribute("aria-busy", "true");
  progress(course.file ? 0 : null);
  try {
    const prediction = await asks.ask(asked, course.file, progress);
    state.prediction = prediction;
    state.asked = asked;
    showAnswer();
  } catch (problem) {
    if (problem === null) return;
    trouble(problem);
  }
  the("answer").removeAttribute("aria-busy");
  the("progress").hidden = true;
}

/** @param {unknown} problem */
function trouble(problem) {
  if (problem instanceof Refused && problem.code === "goal_impossible") state.goalS = null;
  if (problem instanceof Refused && PAST_OVER.has(problem.code)) {
    forget();
    showAsk();
  }
  const again = el("button", { type: "button", class: "button", click: askNow }, say("Try again"));
  const other = el("button", { type: "button", class: "button", click: chooseAgain }, say("Take another course"));
  the("trouble").replaceChildren(el("p", {}, sentenceOf(problem)), el("p", { class: "choices" }, again, other));
  the("trouble").hidden = false;
  the("trouble").scrollIntoView({ block: "nearest" });
  if (!(problem instanceof Refused)) throw problem;
}

/** @param {number | null} sent the share of the file; null once it is being read */
function progress(sent) {
  const bar = /** @type {HTMLProgressElement} */ (the("progress-bar"));
  the("progress").hidden = false;
  the("progress").classList.toggle("toast", state.prediction !== null);
  if (sent === null) {
    bar.removeAttribute("value");
    the("progress-says").textContent = state.course?.file ? say("Reading the file and working it out …") : say("Working it out …");
  } else {
    bar.value = sent;
    the("progress-says").textContent = say("Sending the file: {share}", { share: percent(sent) });
  }
}

function showAnswer() {
  const { prediction, course, asked } = state;
  if (!prediction || !course) return;
  showCourse();
  const along = new Along(prediction);
  const clock = new Clock(prediction, asked.start_at ?? "");
  const anew = calmly(askNow, CALM_MS);
  const tabs = tabsOf(say("In detail"), [
    { id: "splits", name: say("Splits"), panel: () => splitsOf(along, clock) },
    { id: "climbs", name: say("Climbs"), panel: () => climbsTable(prediction) },
    { id: "checkpoints", name: say("Checkpoints"), panel: () => checkpointsOf(along, clock, asked.conditions?.hut, (places) => { state.checkpoints = places; anew(); }) },
    { id: "goal", name: say("Goal"), panel: () => goalOf(prediction, clock, (goalS) => { state.goalS = goalS; anew(); }) },
    { id: "why", name: say("Why"), panel: () => whyOf(prediction) },
  ], state.tab, (id) => { state.tab = id; });
  const focused = focusNow();
  the("answer").replaceChildren(answerOf(prediction, clock, asked), lookOf(along, clock, course.track), tabs, taken(prediction, course), dayDoor(course.name, along, prediction.start_at ?? asked.start_at ?? null, openDay));
  the("answer").hidden = state.day !== null;
  focused();
}

/** What is taken along from an answer, with the picture that was made of it. @param {import("./along.js").Prediction} prediction @param {Course} course */
function taken(prediction, course) {
  const { asked } = state;
  if (state.taken?.of !== prediction) {
    const { make, outside } = asks;
    const shown = takeAlong({
      name: () => course.name,
      asked,
      places: course.file !== null,
      make: (kind) => make(kind, course, prediction),
      outside: outside && ((kind) => outside(kind, prediction)),
    });
    state.taken = { of: prediction, shown };
  }
  return state.taken.shown;
}

const BESIDE_THE_DAY = ["choose", "chosen", "question", "answer", "progress", "trouble", "past", "which"];

/** The day takes the whole page, and gives it back as it was. @param {import("./day.js").Day} day */
function openDay(day) {
  const before = BESIDE_THE_DAY.filter((id) => !the(id).hidden);
  for (const id of BESIDE_THE_DAY) the(id).hidden = true;
  state.day = new OnDay(day, () => {
    state.day = null;
    for (const id of before) the(id).hidden = false;
    showKeptDay();
    asks.shown();
    window.scrollTo(0, 0);
    backFromDay();
  });
  window.scrollTo(0, 0);
  asks.shown();
  the("day").focus();
}

/** Who has closed the day goes on where it was opened. */
function backFromDay() {
  const doors = ["day-open", "day-again", "file"].map((id) => document.getElementById(id));
  doors.find((door) => door?.getClientRects().length)?.focus();
}

function showKeptDay() {
  const day = keptDay();
  the("day-again").hidden = !day;
  the("day-again-name").textContent = day?.name ?? "";
}

function chooseAgain() {
  asks.giveUp();
  Object.assign(state, { course: null, checkpoints: null, goalS: null, prediction: null });
  for (const id of ["chosen", "question", "answer", "progress", "trouble", "which"]) the(id).hidden = true;
  the("choose").hidden = false;
  the("answer").replaceChildren();
  /** @type {HTMLInputElement} */ (the("file")).value = "";
  /** @type {HTMLSelectElement} */ (the("race")).value = "";
  the("file").focus();
  asks.shown();
}

/** @param {File | Blob} file @param {string} name */
async function takeFile(file, name) {
  if (state.course) Object.assign(state, { goalS: null, checkpoints: null });
  /** @type {Course} */
  const course = { name: name.replace(/\.gpx$/i, "") || say("Your course"), file, race: null, track: null };
  take(course);
  const track = await readTrack(file).catch(() => null);
  if (track && state.course === course) draw(course, track);
}

/** Takes what was dropped or chosen for what it is. @param {File[]} files */
async function takeAll(files) {
  const { course, outings, unsure } = await sorted(files);
  the("which").hidden = true;
  if (outings.length > 0) asks.outings(outings);
  if (course) takeFile(course, course.name);
  if (unsure) {
    const first = state.course === null;
    if (first) takeFile(unsure, unsure.name);
    askWhich(unsure, first);
  }
}

/** A recording may be meant as a course. @param {File} file @param {boolean} taken as a course already */
function askWhich(file, taken) {
  const settle = (/** @type {() => void} */ act) => () => {
    putAway("which", "course-name");
    act();
  };
  const mine = el("button", { type: "button", class: "button", click: settle(() => asks.outings([file])) }, say("It is an outing of mine"));
  const theCourse = taken ? null : el("button", { type: "button", class: "button", click: settle(() => takeFile(file, file.name)) }, say("It is the course"));
  const wonder = taken ? say("This file was recorded: it is taken for the course. Is it an outing of yours too?") : say("This file was recorded. What is it?");
  the("which").replaceChildren(el("p", {}, wonder), el("p", { class: "choices" }, theCourse, mine));
  the("which").hidden = false;
}

/** @type {import("./races.js").Take} */
function takeRace(name, race) {
  take({ name, file: null, race, track: null });
}

function watchDrop() {
  const drop = the("drop");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    takeAll(await filesOf(event.dataTransfer));
  });
}

function showUnits() {
  const button = the("units");
  button.textContent = metric() ? say("km") : say("mi");
  button.setAttribute("aria-label", metric() ? say("Show miles") : say("Show kilometres"));
}

function measure() {
  inOtherUnits(switchUnits);
  showUnits();
  showAsk();
  showCourse();
  showAnswer();
  state.day?.show();
}

function watchHeader() {
  the("units").addEventListener("click", measure);
  for (const link of document.querySelectorAll("a[data-language]")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    if (link.dataset.language === language) link.setAttribute("aria-current", "true");
    link.hash = window.location.hash;
  }
}

/** Who opens the page inside Telegram is a member: before that is settled nothing is asked as anyone. */
async function enter() {
  const [{ enter: asMember }] = await Promise.all([import("./member.js"), learnMembersWords()]);
  await asMember({
    asks,
    prediction: () => state.prediction,
    anew: () => void askNow(),
    redraw: showAnswer,
    measure,
    begun: () => state.course !== null || state.day !== null,
    leave: () => (state.day ? state.day.close() : chooseAgain()),
  });
}

async function begin() {
  const inside = wearTelegram();
  const told = questionOf(window.location.hash);
  if (told) {
    restore(told);
    state.checkpoints = told.checkpoints ?? null;
    state.goalS = told.goal_s ?? null;
  }
  showUnits();
  showAsk();
  watchHeader();
  watchDrop();
  watchAsk(calmly(askNow, CALM_MS));
  if (inside) the("past").hidden = true;
  else watchPast(() => {
    showAsk();
    askNow();
  }, mode);
  showAsk();
  const file = /** @type {HTMLInputElement} */ (the("file"));
  file.addEventListener("change", () => takeAll([...(file.files ?? [])]));
  the("example").addEventListener("click", async () => {
    const answer = await fetch(the("example").dataset.url ?? "");
    takeFile(await answer.blob(), say("Example"));
  });
  watchRaces(takeRace);
  the("change").addEventListener("click", chooseAgain);
  watchDark(showAnswer);
  watchWidth(showAnswer);
  if (inside) await enter().catch(trouble);
  listRaces(told?.race_id ? `${told.race_id} ${told.distance_id}` : null, takeRace);
  the("day-again").addEventListener("click", () => {
    const day = keptDay();
    if (day) openDay(day);
  });
  showKeptDay();
  const linked = checkedDay(dayIn(window.location.hash));
  if (linked) openDay(linked);
  document.documentElement.dataset.ready = "true";
}

begin();
