// The binary tables of a run: times, boxes in windows of frames, spans of presence, motions.

import { getBinary } from "./api.js";
import { DOUBTFUL } from "./contract.js";

const WINDOW = 256;
const KEPT_WINDOWS = 48;

/** @typedef {{identity: number, box: [number, number, number, number], confidence: number, flags: number}} Box */

/** Seconds of every frame, ascending. */
export class Times {
  /**
   * @param {Float64Array} seconds
   * @param {number} first
   */
  constructor(seconds, first) {
    this.seconds = seconds;
    this.first = first;
  }

  /** @param {number} frame @returns {number} */
  of(frame) {
    const place = Math.min(Math.max(frame - this.first, 0), this.seconds.length - 1);
    return this.seconds[place] ?? 0;
  }

  /** The frame that is shown at a time. @param {number} time @returns {number} */
  frameAt(time) {
    return this.first + Math.max(0, after(this.seconds, time) - 1);
  }

  /** The frame whose own time is nearest. @param {number} time @returns {number} */
  nearest(time) {
    const frame = this.frameAt(time);
    const closer = Math.abs(this.of(frame + 1) - time) < Math.abs(this.of(frame) - time);
    return closer ? frame + 1 : frame;
  }

  /** How long a frame is shown. @param {number} frame @returns {number} */
  lasting(frame) {
    const next = this.of(frame + 1) - this.of(frame);
    return next > 0 ? next : Math.max(this.of(frame) - this.of(frame - 1), 0.001);
  }
}

/** How many of ascending values are not above one. @param {ArrayLike<number>} values @param {number} value */
export function after(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(values[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Tables that come in windows of frames. A window that is outdated is shown until the new one is there. */
class Windows {
  /**
   * @param {string} path
   * @param {(data: ArrayBuffer, first: number) => unknown} read
   * @param {number} last  frame
   * @param {() => void} arrived
   * @param {(error: unknown) => void} failed
   */
  constructor(path, read, last, arrived, failed) {
    this.path = path;
    this.read = read;
    this.last = last;
    this.arrived = arrived;
    this.failed = failed;
    this.generation = 0;
    /** @type {Map<number, {generation: number, data: unknown}>} */
    this.held = new Map();
    /** @type {Map<number, number>} */
    this.coming = new Map();
  }

  outdate() {
    this.generation += 1;
  }

  /** @param {number} frame @returns {unknown} */
  at(frame) {
    const place = Math.floor(frame / WINDOW);
    const found = this.held.get(place);
    if (found?.generation !== this.generation) this.load(place);
    return found?.data;
  }

  /** @param {number} place */
  load(place) {
    const generation = this.generation;
    const first = place * WINDOW;
    if (this.coming.get(place) === generation || place < 0 || first > this.last) return;
    this.coming.set(place, generation);
    getBinary(`${this.path}?first=${Math.max(first, 1)}&last=${Math.min(first + WINDOW - 1, this.last)}`)
      .then((data) => {
        this.held.delete(place);
        this.held.set(place, { generation, data: this.read(data, Math.max(first, 1)) });
        for (const oldest of this.held.keys()) {
          if (this.held.size <= KEPT_WINDOWS) break;
          this.held.delete(oldest);
        }
        this.arrived();
      })
      .catch((error) => {
        // Not asked for again before something changes: a draw a frame would hammer the server.
        this.held.set(place, { generation, data: this.held.get(place)?.data });
        this.failed(error);
      })
      .finally(() => {
        if (this.coming.get(place) === generation) this.coming.delete(place);
      });
  }
}

/** The boxes of every frame. */
export class Boxes {
  /** @param {number} last @param {() => void} arrived @param {(error: unknown) => void} failed */
  constructor(last, arrived, failed) {
    this.last = last;
    this.windows = new Windows("api/boxes", (data) => boxesByFrame(data), last, arrived, failed);
  }

  /** Of a frame; empty while they are on their way. @param {number} frame @returns {readonly Box[]} */
  at(frame) {
    this.there(Math.min(frame + WINDOW / 2, this.last));
    return this.there(frame);
  }

  /** Of a frame, without asking for what comes next. @param {number} frame @returns {readonly Box[]} */
  there(frame) {
    const found = /** @type {Map<number, Box[]> | undefined} */ (this.windows.at(frame));
    return found?.get(frame) ?? [];
  }

  /** The box of somebody in a frame. @param {number} frame @param {number} identity */
  one(frame, identity) {
    return this.there(frame).find((box) => box.identity === identity);
  }

  outdate() {
    this.windows.outdate();
  }
}

/** @param {ArrayBuffer} data @returns {Map<number, Box[]>} */
function boxesByFrame(data) {
  const ints = new Int32Array(data);
  const floats = new Float32Array(data);
  const found = new Map();
  for (let at = 0; at + 8 <= ints.length; at += 8) {
    const frame = ints[at];
    const rows = found.get(frame) ?? [];
    if (!rows.length) found.set(frame, rows);
    rows.push({
      identity: ints[at + 1],
      box: [floats[at + 2], floats[at + 3], floats[at + 4], floats[at + 5]],
      confidence: floats[at + 6],
      flags: ints[at + 7],
    });
  }
  return found;
}

/** What moves an image's pixels to the next one's; without the table nothing moves. */
export class Motions {
  /** @param {number} last @param {() => void} arrived */
  constructor(last, arrived) {
    /** @type {(data: ArrayBuffer, first: number) => unknown} */
    const read = (data, first) => ({ values: new Float32Array(data), first });
    this.windows = new Windows("api/motions", read, last, arrived, () => undefined);
  }

  /**
   * Into a frame from the one before: six numbers; null at a cut, undefined where it is not known.
   * @param {number} frame
   * @returns {Float32Array | null | undefined}
   */
  into(frame) {
    const found = /** @type {{values: Float32Array, first: number} | undefined} */ (this.windows.at(frame));
    if (!found) return undefined;
    const at = (frame - found.first) * 6;
    const row = found.values.subarray(at, at + 6);
    if (row.length < 6) return undefined;
    return Number.isNaN(row[0]) ? null : row;
  }
}

/** @typedef {{identity: number, x: number, y: number}} Place */

/** Where everybody is on the pitch, in metres from the centre spot. */
export class Places {
  /** @param {number} last @param {() => void} arrived */
  constructor(last, arrived) {
    this.windows = new Windows("api/places", (data) => placesByFrame(data), last, arrived, () => undefined);
  }

  /** In a frame; null while they are on their way. @param {number} frame @returns {readonly Place[] | null} */
  at(frame) {
    const found = /** @type {Map<number, Place[]> | undefined} */ (this.windows.at(frame));
    return found ? (found.get(frame) ?? []) : null;
  }

  outdate() {
    this.windows.outdate();
  }
}

/** @param {ArrayBuffer} data @returns {Map<number, Place[]>} */
function placesByFrame(data) {
  const ints = new Int32Array(data);
  const floats = new Float32Array(data);
  const found = new Map();
  for (let at = 0; at + 4 <= ints.length; at += 4) {
    const [x, y] = [Number(floats[at + 2]), Number(floats[at + 3])];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const rows = found.get(ints[at]) ?? [];
    if (!rows.length) found.set(ints[at], rows);
    rows.push({ identity: Number(ints[at + 1]), x, y });
  }
  return found;
}

/** @typedef {{first: Int32Array, last: Int32Array, confidence: Float32Array, flags: Int32Array}} PersonSpans */

/** When everybody is there. */
export class Spans {
  /** @param {ArrayBuffer} data */
  constructor(data) {
    const ints = new Int32Array(data);
    const floats = new Float32Array(data);
    /** @type {Map<number, number[]>} */
    const rows = new Map();
    for (let at = 0; at + 5 <= ints.length; at += 5) {
      const identity = Number(ints[at]);
      const mine = rows.get(identity);
      if (mine) mine.push(at);
      else rows.set(identity, [at]);
    }
    /** @type {Map<number, PersonSpans>} */
    this.of = new Map();
    for (const [identity, mine] of rows) {
      mine.sort((one, other) => Number(ints[one + 1]) - Number(ints[other + 1]));
      this.of.set(identity, {
        first: Int32Array.from(mine, (at) => Number(ints[at + 1])),
        last: Int32Array.from(mine, (at) => Number(ints[at + 2])),
        confidence: Float32Array.from(mine, (at) => Number(floats[at + 3])),
        flags: Int32Array.from(mine, (at) => Number(ints[at + 4])),
      });
    }
  }

  /** The frame nearest to one in which somebody is there. @param {number} identity @param {number} frame */
  nearest(identity, frame) {
    const mine = this.of.get(identity);
    if (!mine) return null;
    const next = after(mine.first, frame);
    const before = next > 0 ? Math.min(frame, Number(mine.last[next - 1])) : null;
    const behind = next < mine.first.length ? Number(mine.first[next]) : null;
    if (before === null) return behind;
    if (behind === null) return before;
    return frame - before <= behind - frame ? before : behind;
  }

  /** Whether somebody is there in a frame. @param {number} identity @param {number} frame */
  holds(identity, frame) {
    return this.nearest(identity, frame) === frame;
  }

  /** The first frames of somebody's doubtful stretches. @param {number} identity @returns {number[]} */
  doubtful(identity) {
    const mine = this.of.get(identity);
    if (!mine) return [];
    return Array.from(mine.first).filter((_, row) => (Number(mine.flags[row]) & DOUBTFUL) !== 0);
  }
}
