// Pictures of single frames, which the server decodes: held, and fetched ahead of whoever steps.

import { getBlob } from "./api.js";

const KEPT = 90;
const AT_ONCE = 2;
/** How many frames are fetched ahead of steps, of up to so many frames each, and of a jump. */
const AHEAD = 8;
const NEAR = 25;
const AHEAD_OF_JUMP = 2;
const WIDTHS = [640, 960, 1280, 1920, 2560, 3840];

export class Pictures {
  /**
   * @param {import("./contract.js").Video} video
   * @param {() => void} arrived
   * @param {(error: unknown) => void} failed
   */
  constructor(video, arrived, failed) {
    this.video = video;
    this.arrived = arrived;
    this.failed = failed;
    this.width = 960;
    /** @type {Map<number, {bitmap: ImageBitmap, width: number}>} */
    this.held = new Map();
    /** @type {Map<number, AbortController>} */
    this.coming = new Map();
    /** @type {number[]} */
    this.wanted = [];
    this.frame = 0;
  }

  /** What is held of a frame. @param {number} frame @returns {ImageBitmap | undefined} */
  of(frame) {
    return this.held.get(frame)?.bitmap;
  }

  /** Whether a frame is held as sharp as it is wanted. @param {number} frame */
  isSharp(frame) {
    return (this.held.get(frame)?.width ?? 0) >= this.width;
  }

  /** How many pixels across are shown; frames come as wide from then on. @param {number} pixels */
  setWidth(pixels) {
    const wide = WIDTHS.find((one) => one >= pixels) ?? Infinity;
    this.width = Math.min(wide, this.video.width);
  }

  /**
   * Want a frame, and then those that a step further in the same direction would show.
   * @param {number} frame
   */
  want(frame) {
    const step = frame - this.frame;
    const steps = Math.abs(step) <= NEAR && step !== 0;
    const stride = steps ? step : 1;
    this.frame = frame;
    if (!this.video.images) return;
    const length = steps ? AHEAD : AHEAD_OF_JUMP;
    const ahead = Array.from({ length }, (_, place) => frame + stride * (place + 1));
    const list = [frame, ...ahead, frame - stride];
    const { first, last } = this.video;
    this.wanted = list.filter((one) => one >= first && one <= last && !this.isSharp(one));
    for (const [coming, stop] of this.coming) {
      if (!list.includes(coming)) stop.abort();
    }
    this.pump();
  }

  /** Nothing is wanted, as the video plays. */
  rest() {
    this.wanted = [];
  }

  pump() {
    // What is looked at comes alone: the others would only make it late.
    const most = this.isSharp(this.frame) ? AT_ONCE : 1;
    while (this.coming.size < most && this.wanted.length) {
      const frame = this.wanted.shift();
      if (frame !== undefined && !this.coming.has(frame)) this.fetch(frame, this.width);
    }
  }

  /** @param {number} frame @param {number} width */
  async fetch(frame, width) {
    const stop = new AbortController();
    this.coming.set(frame, stop);
    try {
      const blob = await getBlob(`api/frames/${frame}.jpg?width=${width}`, stop.signal);
      const bitmap = await createImageBitmap(blob);
      this.held.get(frame)?.bitmap.close();
      this.held.delete(frame);
      this.held.set(frame, { bitmap, width });
      this.trim();
      if (frame === this.frame) this.arrived();
    } catch (error) {
      if (!stop.signal.aborted && frame === this.frame) this.failed(error);
    } finally {
      this.coming.delete(frame);
      this.pump();
    }
  }

  trim() {
    for (const [frame, { bitmap }] of this.held) {
      if (this.held.size <= KEPT) break;
      if (frame === this.frame) continue;
      bitmap.close();
      this.held.delete(frame);
    }
  }
}
