// Marks of people on the stage: rings at their feet, labels, boxes of whom one chose, trails.

import { DOUBTFUL, INTERPOLATED } from "./contract.js";

const INK = "#0c0e11";
const GREY = "#7d838c";
const TAG_HIGH = 16;

/** Where the image is on the stage; bottom: where the image or the stage ends.
 * @typedef {{scale: number, left: number, top: number, bottom: number}} Place */

/**
 * @typedef {object} Looks
 * @property {string} colour
 * @property {string} tag  empty: no label
 * @property {boolean} chosen
 * @property {boolean} hovered
 * @property {boolean} grey  cannot be clicked in this mode
 */

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./tables.js").Box} box
 * @param {Place} place
 * @param {Looks} looks
 */
export function drawMark(pen, box, place, looks) {
  const [x1, y1, x2, y2] = onStage(box.box, place);
  const colour = looks.grey ? GREY : looks.colour;
  const wide = Math.max((x2 - x1) * 0.62, 7);
  pen.save();
  pen.globalAlpha = looks.grey ? 0.45 : box.flags & INTERPOLATED ? 0.65 : 1;
  const dashes = box.flags & DOUBTFUL ? [5, 4] : [];
  /** @param {string} stroke @param {number} thick */
  const ring = (stroke, thick) => {
    pen.beginPath();
    pen.ellipse((x1 + x2) / 2, y2, wide, wide * 0.36, 0, -0.25 * Math.PI, 1.25 * Math.PI);
    pen.strokeStyle = stroke;
    pen.lineWidth = thick;
    pen.stroke();
  };
  const thick = looks.chosen ? 3.5 : 2.25;
  ring(INK, thick + 1.75);
  pen.setLineDash(dashes);
  ring(colour, thick);
  if (looks.chosen || looks.hovered) {
    pen.setLineDash([]);
    pen.strokeStyle = INK;
    pen.lineWidth = 3;
    pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
    pen.setLineDash(dashes);
    pen.strokeStyle = looks.chosen ? "#ffffff" : colour;
    pen.lineWidth = 1.5;
    pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
  pen.restore();
  if (!looks.tag) return;
  const below = y2 + wide * 0.36 + 3;
  const top = below + TAG_HIGH > place.bottom ? y1 - TAG_HIGH - 3 : below;
  drawTag(pen, (x1 + x2) / 2, top, looks, colour, !!(box.flags & DOUBTFUL));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {Looks} looks
 * @param {string} colour
 * @param {boolean} doubtful
 */
function drawTag(pen, x, y, looks, colour, doubtful) {
  const text = doubtful ? `${looks.tag}?` : looks.tag;
  pen.save();
  pen.font = `${looks.chosen ? 700 : 600} 12px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const wide = pen.measureText(text).width + 8;
  pen.globalAlpha = looks.grey ? 0.5 : 0.9;
  pen.fillStyle = looks.chosen ? "#ffffff" : INK;
  pen.beginPath();
  pen.roundRect(x - wide / 2, y, wide, TAG_HIGH, 4);
  pen.fill();
  pen.fillStyle = colour;
  pen.fillRect(x - wide / 2 + 3, y + 14, wide - 6, 2);
  pen.globalAlpha = 1;
  pen.fillStyle = looks.chosen ? INK : "#ffffff";
  pen.fillText(text, x, y + 8);
  pen.restore();
}

/**
 * @param {readonly [number, number, number, number]} box
 * @param {Place} place
 * @returns {[number, number, number, number]}
 */
export function onStage(box, { scale, left, top }) {
  return [box[0] * scale + left, box[1] * scale + top, box[2] * scale + left, box[3] * scale + top];
}

/** @typedef {{x: number, y: number, frame: number}} Foot */

/**
 * Where people's feet were before a frame, in its pixels: the camera's own movement is taken out.
 * @param {import("./state.js").State} state
 * @param {number} frame
 * @returns {Map<number, Foot[]>}
 */
export function trails(state, frame) {
  /** @type {Map<number, Foot[]>} */
  const found = new Map();
  const begin = state.times.of(frame) - state.view.trailSeconds;
  const shots = new Set(state.run.shots);
  // x' = a x + b y + c, y' = d x + e y + f: from the frame looked at into the one on the stage.
  let [a, b, c, d, e, f] = [1, 0, 0, 0, 1, 0];
  for (let at = frame; at >= state.run.video.first && state.times.of(at) >= begin; at -= 1) {
    for (const { identity, box } of state.boxes.there(at)) {
      if (!state.isShown(identity)) continue;
      const [x, y] = [(box[0] + box[2]) / 2, box[3]];
      const path = found.get(identity) ?? [];
      if (!path.length) found.set(identity, path);
      path.push({ x: a * x + b * y + c, y: d * x + e * y + f, frame: at });
    }
    const motion = state.motions.into(at);
    if (motion === null || shots.has(at)) break;
    if (motion) {
      const [p, q, r, s, t, u] = /** @type {[number, number, number, number, number, number]} */ ([...motion]);
      [a, b, c, d, e, f] = [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f];
    }
  }
  return found;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Foot[]} path  the latest first
 * @param {Place} place
 * @param {string} colour
 */
export function drawTrail(pen, path, { scale, left, top }, colour) {
  pen.save();
  pen.lineJoin = "round";
  for (const [stroke, thick] of /** @type {[string, number][]} */ ([[INK, 3.5], [colour, 2]])) {
    pen.beginPath();
    for (const [place, { x, y, frame }] of path.entries()) {
      const before = path[place - 1];
      const [sx, sy] = [x * scale + left, y * scale + top];
      if (before && before.frame - frame < 15) pen.lineTo(sx, sy);
      else pen.moveTo(sx, sy);
    }
    pen.globalAlpha = stroke === INK ? 0.4 : 0.85;
    pen.strokeStyle = stroke;
    pen.lineWidth = thick;
    pen.stroke();
  }
  pen.restore();
}
