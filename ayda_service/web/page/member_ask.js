// @ts-check
// Questions of a member: the course is sent once and kept, the answer is about whoever asks.

import { the } from "./dom.js";

/** @typedef {import("./member_session.js").Session} Session @typedef {import("./along.js").Prediction} Prediction */

export class MemberAsks {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {WeakMap<Blob, any>} */
    this.routes = new WeakMap();
    /** @type {Map<string, any>} */
    this.races = new Map();
    /** @type {Map<string, Promise<any>>} */
    this.profiles = new Map();
    /** @type {AbortController | null} */
    this.running = null;
    /** The course that was asked about last. @type {{id: string | null, name: string, mode: string} | null} */
    this.course = null;
  }

  /** What is known of the member; it is asked for again once it is forgotten. @param {string} mode @returns {Promise<any>} */
  profile(mode) {
    const known = this.profiles.get(mode);
    const asked = known ?? this.session.call("GET", `/profile?type=${mode}`);
    if (!known) {
      this.profiles.set(mode, asked);
      asked.catch(() => this.profiles.delete(mode));
    }
    return asked;
  }

  /** Whether the member's own past answers for their pace. @param {string} mode */
  async knows(mode) {
    const profile = await this.profile(mode).catch(() => null);
    const own = Boolean(profile?.has_profile);
    the("question").dataset.rests = own ? "own" : "said";
    return own;
  }

  giveUp() {
    this.running?.abort();
    this.running = null;
  }

  /** As `ask` in send.js, for a member. @type {typeof import("./send.js").ask} */
  async ask(question, file, onProgress) {
    this.giveUp();
    const running = new AbortController();
    this.running = running;
    const { signal } = running;
    try {
      const course = file ? await this.#route(file, onProgress, signal) : await this.#race(question, signal);
      onProgress(null);
      const { flat_pace, result, ...asked } = question;
      const own = await this.knows(String(asked.mode));
      const json = { ...asked, ...(file ? { gpx_file_id: course.id } : {}), ...(own ? {} : { flat_pace }) };
      /** @type {Prediction} */
      const prediction = await this.session.call("POST", "/predictions", { json, signal });
      this.course = { id: file ? course.id : null, name: course.name ?? "", mode: String(asked.mode) };
      return { ...prediction, elevation: course.elevation };
    } catch (problem) {
      if (signal.aborted) throw null;
      throw problem;
    }
  }

  /** @param {Blob} file @param {(sent: number | null) => void} onProgress @param {AbortSignal} signal */
  async #route(file, onProgress, signal) {
    const known = this.routes.get(file);
    if (known) return known;
    const route = await this.session.call("POST", "/routes", { file, onProgress, signal });
    this.routes.set(file, route);
    return route;
  }

  /** @param {Record<string, unknown>} question @param {AbortSignal} signal */
  async #race({ race_id, distance_id }, signal) {
    const path = `/races/${encodeURIComponent(String(race_id))}/distances/${encodeURIComponent(String(distance_id))}`;
    const race = this.races.get(path) ?? (await this.session.call("GET", path, { signal }));
    this.races.set(path, race);
    return race;
  }
}
