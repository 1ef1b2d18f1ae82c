// @ts-check
// Who the member is: Telegram's proof, shown once for a short session, and every question that is asked with it.

import { language, say } from "./say.js";
import { offline, refusal, Refused } from "./send.js";

const API = "/api/v1";
const PATIENCE_MS = 65000;
const LONG_MS = 1800000;

/**
 * @typedef {{json?: unknown, file?: File | Blob, name?: string, blob?: boolean, onProgress?: (sent: number | null) => void, signal?: AbortSignal}} Sent
 */

/** @param {string} initData */
function startOf(initData) {
  return new URLSearchParams(initData).get("start_param") ?? "";
}

export class Session {
  #initData;
  #token = "";

  /** @param {string} initData Telegram's proof, as it stands in the address */
  constructor(initData) {
    this.#initData = initData;
    this.start = startOf(initData);
  }

  /** Shows the proof. Rejects with Refused. */
  async open() {
    const opened = await this.#send("POST", "/session", {}, `tma ${this.#initData}`);
    this.#token = opened.token;
  }

  /**
   * What the server answers; a session that has ended is opened anew as long as the proof holds.
   * @param {"GET" | "POST" | "PUT" | "DELETE"} method
   * @param {string} path below the API
   * @param {Sent} [sent]
   * @returns {Promise<any>} it rejects with Refused, or with null when it was given up
   */
  async call(method, path, sent = {}) {
    try {
      return await this.#send(method, path, sent, `Bearer ${this.#token}`);
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code !== "init_data_expired" || !this.#initData) throw problem;
    }
    await this.open();
    return this.#send(method, path, sent, `Bearer ${this.#token}`);
  }

  /** Nothing opens a session of this proof any more. */
  end() {
    this.#initData = "";
  }

  /** @param {string} method @param {string} path @param {Sent} sent @param {string} proof @returns {Promise<any>} */
  #send(method, path, { json, file, name = "course.gpx", blob = false, onProgress, signal }, proof) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, API + path);
      request.responseType = blob ? "blob" : "json";
      request.timeout = file ? LONG_MS : PATIENCE_MS;
      request.setRequestHeader("Authorization", proof);
      request.setRequestHeader("Accept-Language", language);
      if (!blob) request.setRequestHeader("Accept", "application/json");
      if (onProgress) {
        request.upload.addEventListener("progress", (event) => {
          if (event.lengthComputable && event.loaded < event.total) onProgress(event.loaded / event.total);
        });
        request.upload.addEventListener("load", () => onProgress(null));
      }
      request.addEventListener("load", async () => {
        if (request.status < 300) return resolve(request.response);
        const problem = request.response instanceof Blob ? await new Response(request.response).json().catch(() => null) : request.response;
        reject(refusal(problem, request.getResponseHeader("Retry-After")));
      });
      request.addEventListener("error", () => reject(offline()));
      request.addEventListener("timeout", () => reject(new Refused("timeout", say("This takes too long. Try again in a moment."))));
      request.addEventListener("abort", () => reject(null));
      if (signal?.aborted) return reject(null);
      signal?.addEventListener("abort", () => request.abort());
      if (file) {
        const form = new FormData();
        form.append("file", file, name);
        request.send(form);
      } else if (json === undefined) request.send();
      else {
        request.setRequestHeader("Content-Type", "application/json");
        request.send(JSON.stringify(json));
      }
    });
  }
}
