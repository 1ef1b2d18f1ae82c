// @ts-check
// What somebody drops or chooses: which of it is the course, and which are outings of theirs. The content decides.

const TRACK = /\.(gpx|tcx|fit)(\.gz)?$|\.zip$/i;
const HEAD_BYTES = 256 * 1024;
const MOST = 3000;

/** @typedef {"course" | "outing" | "either"} Kind */

/**
 * A course has no times, a recording has. A lone recording may be meant as a course all the same.
 * @param {Blob & {name?: string}} file
 * @returns {Promise<Kind>}
 */
async function kindOf(file) {
  const name = file.name ?? "";
  const head = new TextDecoder().decode(await file.slice(0, HEAD_BYTES).arrayBuffer());
  if (head.startsWith("PK") || /\.(gz|fit)$/i.test(name)) return "outing";
  if (/<(\w+:)?TrainingCenterDatabase\b/.test(head)) return /<(\w+:)?Activities\b/.test(head) ? "outing" : "course";
  const point = /<(?:\w+:)?trkpt\b[\s\S]*?<\/(?:\w+:)?trkpt>/.exec(head);
  return point && /<(\w+:)?time>/.test(point[0]) ? "either" : "course";
}

/**
 * @param {File[]} files
 * @returns {Promise<{course: File | null, outings: File[], unsure: File | null}>}
 */
export async function sorted(files) {
  if (files.length === 1) {
    const kind = await kindOf(files[0]);
    return { course: kind === "course" ? files[0] : null, outings: kind === "outing" ? files : [], unsure: kind === "either" ? files[0] : null };
  }
  const tracks = files.filter((file) => TRACK.test(file.name)).slice(0, MOST);
  const kinds = await Promise.all(tracks.map(kindOf));
  const course = tracks.find((_, i) => kinds[i] === "course") ?? null;
  return { course, outings: tracks.filter((_, i) => kinds[i] !== "course"), unsure: null };
}

/**
 * All files of what was dropped, those in folders too.
 * @param {DataTransfer | null} dropped
 * @returns {Promise<File[]>}
 */
export async function filesOf(dropped) {
  // entries are gone as soon as anything is waited for
  const entries = [...(dropped?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry != null);
  if (entries.length === 0) return [...(dropped?.files ?? [])];
  return (await Promise.all(entries.map(below))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function below(entry) {
  if (entry.isFile) {
    return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */
  const found = [];
  while (found.length < MOST) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    for (const each of some) found.push(...(await below(each)));
  }
  return found;
}
