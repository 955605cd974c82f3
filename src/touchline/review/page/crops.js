// People cut out of frames: strips of them, each of which leads to its frame.

import { cropPath } from "./api.js";
import { make } from "./dom.js";
import { clock } from "./words.js";

const APART_SECONDS = 0.6;

/**
 * A crop that leads to its frame when it is clicked.
 * @param {import("./state.js").State} state
 * @param {number} frame
 * @param {number} identity
 * @param {number} height
 * @param {(frame: number) => void} jump
 * @returns {HTMLButtonElement}
 */
export function crop(state, frame, identity, height, jump) {
  const time = clock(state.times.of(frame));
  const label = state.people.get(identity)?.label ?? String(identity);
  const image = make("img", {
    src: cropPath(frame, identity, height * 2, state.run.revision),
    alt: `${label} at ${time}`,
    draggable: false,
  });
  const made = make("button", { type: "button", class: "crop", title: `${time}: show this frame` }, image, make("span", {}, time));
  made.addEventListener("click", () => jump(frame));
  return made;
}

/**
 * Frames of somebody from one on, some apart, in one direction only.
 * @param {import("./state.js").State} state
 * @param {number} identity
 * @param {number} frame
 * @param {1 | -1} direction
 * @param {number} count
 * @returns {number[]}
 */
export function framesNear(state, identity, frame, direction, count) {
  const found = [frame];
  const { times, spans } = state;
  for (let step = 1; step < count * 3 && found.length < count; step += 1) {
    const wanted = times.nearest(times.of(frame) + direction * step * APART_SECONDS);
    const there = spans.nearest(identity, wanted);
    const last = found.at(-1) ?? frame;
    if (there !== null && (there - last) * direction > 0) found.push(there);
  }
  return found;
}
