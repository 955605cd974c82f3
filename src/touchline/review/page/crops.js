// People cut out of frames: strips of them, each of which leads to its frame.

import { cropPath } from "./api.js";
import { make } from "./dom.js";
import { clock } from "./words.js";

const APART_SECONDS = 0.6;

/**
 * Crops that are not asked for yet, by frame. One is asked for at a time: the server decodes one
 * frame after another, forwards quickest, and what one looks at must not wait behind many crops.
 * @type {{image: HTMLImageElement, frame: number, source: string}[]}
 */
let waiting = [];
let isAsking = false;

/** @param {HTMLImageElement} image @param {number} frame @param {string} source */
function askLater(image, frame, source) {
  waiting.push({ image, frame, source });
  waiting.sort((one, other) => one.frame - other.frame);
  setTimeout(askNext); // until then the image is on the page
}

function askNext() {
  if (isAsking) return;
  waiting = waiting.filter(({ image }) => image.isConnected);
  const next = waiting.shift();
  if (!next) return;
  isAsking = true;
  const done = () => {
    isAsking = false;
    askNext();
  };
  next.image.addEventListener("load", done, { once: true });
  const failed = () => {
    next.image.removeAttribute("src"); // no sign of a broken image: why is said once, on the stage
    done();
  };
  next.image.addEventListener("error", failed, { once: true });
  next.image.src = next.source;
}

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
    alt: `${label} at ${time}`,
    draggable: false,
    fetchPriority: "low",
  });
  askLater(image, frame, cropPath(frame, identity, height * 2, state.run.revision));
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
