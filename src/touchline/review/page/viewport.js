// Which part of the image is on the stage: zoom and pan, by wheel, drag and two fingers.

const MOST = 12;

export class Viewport {
  /** @param {import("./contract.js").Video} video */
  constructor(video) {
    this.video = video;
    this.zoom = 1;
    /** The middle of what is shown, in pixels of the image. */
    this.middle = { x: video.width / 2, y: video.height / 2 };
    this.wide = 1;
    this.high = 1;
  }

  /** @param {number} wide @param {number} high of the stage */
  resize(wide, high) {
    this.wide = wide;
    this.high = high;
    this.settle();
  }

  /** Pixels of the stage for one of the image. */
  get scale() {
    return Math.min(this.wide / this.video.width, this.high / this.video.height) * this.zoom;
  }

  get left() {
    return this.wide / 2 - this.middle.x * this.scale;
  }

  get top() {
    return this.high / 2 - this.middle.y * this.scale;
  }

  /** Where a point of the stage is in the image. @param {number} x @param {number} y */
  inImage(x, y) {
    return { x: (x - this.left) / this.scale, y: (y - this.top) / this.scale };
  }

  /** Zoom around a point of the stage, which stays where it is. @param {number} factor @param {number} x @param {number} y */
  zoomAt(factor, x, y) {
    const point = this.inImage(x, y);
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), MOST);
    this.middle = {
      x: point.x - (x - this.wide / 2) / this.scale,
      y: point.y - (y - this.high / 2) / this.scale,
    };
    this.settle();
  }

  /** @param {number} x @param {number} y pixels of the stage */
  pan(x, y) {
    this.middle = { x: this.middle.x - x / this.scale, y: this.middle.y - y / this.scale };
    this.settle();
  }

  fit() {
    this.zoom = 1;
    this.settle();
  }

  /** Nothing beside the image is shown, but where it does not fill the stage. */
  settle() {
    const { width, height } = this.video;
    /** @param {number} middle @param {number} whole @param {number} seen */
    const held = (middle, whole, seen) =>
      seen >= whole ? whole / 2 : Math.min(Math.max(middle, seen / 2), whole - seen / 2);
    this.middle = {
      x: held(this.middle.x, width, this.wide / this.scale),
      y: held(this.middle.y, height, this.high / this.scale),
    };
  }
}

/**
 * Let wheel, drag and two fingers move a viewport; a press without a move is a click.
 * @param {HTMLElement} element
 * @param {Viewport} viewport
 * @param {() => void} moved
 * @param {(x: number, y: number, adding: boolean) => void} clicked
 */
export function letMove(element, viewport, moved, clicked) {
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let travelled = 0;
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      viewport.zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
      moved();
    },
    { passive: false },
  );
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    element.setPointerCapture(event.pointerId);
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  });
  element.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const here = { x: event.offsetX, y: event.offsetY };
    travelled += Math.hypot(here.x - before.x, here.y - before.y);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = Math.hypot(before.x - other.x, before.y - other.y);
      const factor = Math.hypot(here.x - other.x, here.y - other.y) / Math.max(apart, 1);
      viewport.zoomAt(factor, (here.x + other.x) / 2, (here.y + other.y) / 2);
    } else if (travelled > 4) {
      viewport.pan(here.x - before.x, here.y - before.y);
    }
    fingers.set(event.pointerId, here);
    if (travelled > 4) moved();
  });
  element.addEventListener("pointerup", (event) => {
    const alone = fingers.size === 1;
    if (fingers.delete(event.pointerId) && alone && travelled <= 4) {
      clicked(event.offsetX, event.offsetY, event.shiftKey || event.ctrlKey || event.metaKey);
    }
  });
  element.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
}
