// The timeline: a row a person, drawn on one canvas, of which only the rows in sight exist.

import { DOUBTFUL, INTERPOLATED } from "./contract.js";
import { after } from "./tables.js";
import { byId, context, fitCanvas, make } from "./dom.js";
import { clock } from "./words.js";

const ROW = 22;
const GREY = "#3a404a";
const INK = "#0c0e11";
const SHOT = "#59616d";
const PLAYHEAD = "#ffffff";
/** Seconds between marks of time; the first that leaves them room. */
const TICKS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];
/** From not sure at all to sure: orange, sand, blue, which the colour-blind tell apart too. */
const SURE = ["#e07b39", "#d9a441", "#b9b089", "#7fa6bd", "#4f8fc4"];

/** @param {number} confidence @returns {string} */
export function sureColour(confidence) {
  if (Number.isNaN(confidence)) return "#8a929e";
  const place = confidence < 0.5 ? 0 : confidence < 0.7 ? 1 : confidence < 0.85 ? 2 : confidence < 0.95 ? 3 : 4;
  return SURE[place] ?? "#8a929e";
}

export class Timeline {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./player.js").Player} player
   * @param {(identity: number, adding: boolean) => void} picked
   */
  constructor(state, player, picked) {
    this.state = state;
    this.player = player;
    this.picked = picked;
    this.scroller = byId("rows", HTMLDivElement);
    this.space = byId("rows-space", HTMLDivElement);
    this.canvas = byId("bars", HTMLCanvasElement);
    this.ruler = byId("ruler", HTMLCanvasElement);
    this.pen = context(this.canvas);
    this.rulerPen = context(this.ruler);
    /** @type {Map<number, HTMLButtonElement>} by row */
    this.labels = new Map();
    this.from = state.run.video.first;
    this.to = state.run.video.last + 1;
    this.isDue = false;
    this.listen();
    this.reveal();
    this.redraw();
  }

  listen() {
    const { state, scroller } = this;
    for (const topic of /** @type {import("./state.js").Topic[]} */ (["run", "view", "mode"])) state.on(topic, () => this.redraw());
    state.on("selection", () => {
      this.reveal();
      this.redraw();
    });
    state.on("frame", () => {
      this.follow();
      this.redraw();
    });
    scroller.addEventListener("scroll", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(scroller);
    for (const canvas of [this.canvas, this.ruler]) {
      canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      canvas.addEventListener("pointerdown", (event) => this.press(event, canvas));
    }
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    scroller.addEventListener("keydown", (event) => this.key(event));
  }

  get wide() {
    return Math.max(this.canvas.clientWidth, 1);
  }

  /** @param {number} frame */
  x(frame) {
    return ((frame - this.from) / (this.to - this.from)) * this.wide;
  }

  /** @param {number} x */
  frameAt(x) {
    return Math.floor(this.from + (x / this.wide) * (this.to - this.from));
  }

  /** Show another part of the clip. @param {number} from @param {number} to */
  span(from, to) {
    const { first, last } = this.state.run.video;
    const length = Math.min(Math.max(to - from, Math.min(20, last + 1 - first)), last + 1 - first);
    this.from = Math.min(Math.max(from, first), last + 1 - length);
    this.to = this.from + length;
    this.redraw();
  }

  /** @param {number} factor under 1: closer @param {number} [x] where it stays */
  zoom(factor, x = this.x(this.state.frame)) {
    const at = Math.min(Math.max(x, 0), this.wide);
    const frame = this.from + (at / this.wide) * (this.to - this.from);
    const length = (this.to - this.from) * factor;
    const from = frame - (at / this.wide) * length;
    this.span(from, from + length);
  }

  fit() {
    this.span(this.state.run.video.first, this.state.run.video.last + 1);
  }

  /** The frame looked at stays in sight. */
  follow() {
    const { frame } = this.state;
    if (frame >= this.from && frame < this.to) return;
    const length = this.to - this.from;
    this.span(frame - length * 0.1, frame + length * 0.9);
  }

  /** Whoever was chosen stays in sight. */
  reveal() {
    const identity = this.state.selected.at(-1);
    const row = identity === undefined ? -1 : this.state.order.indexOf(identity);
    if (row < 0) return;
    const { scrollTop, clientHeight } = this.scroller;
    if (row * ROW < scrollTop || (row + 1) * ROW > scrollTop + clientHeight) {
      this.scroller.scrollTop = row * ROW - clientHeight / 2 + ROW / 2;
    }
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.altKey || event.target === this.ruler) {
      event.preventDefault();
      this.zoom(Math.exp(event.deltaY * 0.002), event.offsetX);
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      const shift = (sideways / this.wide) * (this.to - this.from);
      this.span(this.from + shift, this.to + shift);
    }
  }

  /** @param {PointerEvent} event @param {HTMLCanvasElement} canvas */
  press(event, canvas) {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    if (canvas === this.canvas) {
      const identity = this.state.order[Math.floor((this.scroller.scrollTop + event.offsetY) / ROW)];
      if (identity !== undefined) this.picked(identity, event.shiftKey || event.ctrlKey || event.metaKey);
    }
    /** @param {PointerEvent} moved */
    const scrub = (moved) => this.player.jump(this.frameAt(moved.offsetX));
    scrub(event);
    canvas.addEventListener("pointermove", scrub);
    const done = () => canvas.removeEventListener("pointermove", scrub);
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, done, { once: true });
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { state } = this;
    const identity = state.order[Math.floor((this.scroller.scrollTop + event.offsetY) / ROW)];
    const person = identity === undefined ? undefined : state.people.get(identity);
    const why = identity === undefined ? null : state.joinable.get(identity)?.why;
    const time = clock(state.times.of(this.frameAt(event.offsetX)));
    this.canvas.title = person ? `${person.label}, ${time}${why ? `: ${why}` : ""}` : time;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !(event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    event.stopPropagation();
    const row = Number(event.target.dataset.row) + step;
    const identity = this.state.order[row];
    if (identity === undefined) return;
    this.picked(identity, false);
    this.draw();
    this.labels.get(row)?.focus({ preventScroll: true });
  }

  redraw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.draw();
    });
  }

  draw() {
    const { state, scroller } = this;
    this.space.style.height = `${state.order.length * ROW}px`;
    this.canvas.style.height = `${scroller.clientHeight}px`;
    const begin = Math.max(0, Math.floor(scroller.scrollTop / ROW));
    const end = Math.min(state.order.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW));
    this.writeLabels(begin, end);
    this.drawBars(begin, end);
    this.drawRuler();
  }

  /** @param {number} begin @param {number} end */
  writeLabels(begin, end) {
    for (const [row, label] of this.labels) {
      if (row >= begin && row < end) continue;
      if (label === document.activeElement) this.scroller.focus({ preventScroll: true });
      label.remove();
      this.labels.delete(row);
    }
    for (let row = begin; row < end; row += 1) this.writeLabel(row);
  }

  /** @param {number} row */
  writeLabel(row) {
    const { state } = this;
    const identity = Number(state.order[row]);
    const person = state.people.get(identity);
    let label = this.labels.get(row);
    if (!label) {
      label = make("button", { type: "button", class: "row" }, make("span", { class: "swatch" }), make("span", { class: "who" }), make("span", { class: "number" }));
      label.dataset.row = String(row);
      label.style.top = `${row * ROW}px`;
      label.addEventListener("click", (event) => {
        const now = state.order[row];
        if (now !== undefined) this.picked(now, event.shiftKey || event.ctrlKey || event.metaKey);
      });
      this.labels.set(row, label);
      this.space.append(label);
    }
    const [swatch, who, number] = /** @type {[HTMLElement, HTMLElement, HTMLElement]} */ ([...label.children]);
    const joinable = state.joinable.get(identity);
    const apart = joinable?.joinable === false;
    const chosen = state.selected.includes(identity);
    swatch.style.backgroundColor = state.colour(identity);
    write(who, person?.label ?? String(identity));
    write(number, person?.number != null && person.name ? `#${person.number}` : "");
    label.dataset.identity = String(identity);
    label.setAttribute("aria-pressed", String(chosen));
    label.classList.toggle("apart", apart);
    label.classList.toggle("hidden-person", !state.isShown(identity));
    label.title = joinable?.why ?? `${person?.label ?? identity}, identity ${identity}`;
  }

  /** @param {number} begin @param {number} end */
  drawBars(begin, end) {
    const { pen, state, canvas } = this;
    fitCanvas(canvas);
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, this.wide, canvas.clientHeight);
    for (let row = begin; row < end; row += 1) {
      const identity = Number(state.order[row]);
      const top = row * ROW - this.scroller.scrollTop;
      if (state.selected.includes(identity)) {
        pen.fillStyle = "#29323f";
        pen.fillRect(0, top, this.wide, ROW);
      }
      const apart = state.joinable.get(identity)?.joinable === false;
      const faint = apart || !state.isShown(identity);
      pen.globalAlpha = faint ? 0.3 : 1;
      const spans = state.spans.of.get(identity);
      if (spans) this.drawSpans(spans, top);
      pen.globalAlpha = 1;
    }
    for (const shot of state.run.shots.slice(1)) this.line(pen, this.x(shot), canvas.clientHeight, SHOT);
    this.line(pen, this.x(state.frame + 0.5), canvas.clientHeight, PLAYHEAD);
  }

  /** @param {import("./tables.js").PersonSpans} spans @param {number} top */
  drawSpans(spans, top) {
    const { pen } = this;
    let painted = -1;
    for (let at = Math.max(0, after(spans.first, this.from) - 1); at < spans.first.length; at += 1) {
      const left = this.x(Number(spans.first[at]));
      const right = this.x(Number(spans.last[at]) + 1);
      if (left > this.wide) break;
      const flags = Number(spans.flags[at]);
      if (right < 0 || (right <= painted && !(flags & DOUBTFUL))) continue;
      const wide = Math.max(right - left, flags & DOUBTFUL ? 2 : 1);
      pen.fillStyle = sureColour(Number(spans.confidence[at]));
      if (flags & INTERPOLATED) pen.fillRect(left, top + ROW / 2 - 1, wide, 3);
      else pen.fillRect(left, top + 5, wide, ROW - 10);
      if (flags & DOUBTFUL) this.hatch(left, top + 5, wide);
      painted = Math.max(painted, left + wide);
    }
  }

  /** Doubt is told by stripes too, not by colour alone. @param {number} left @param {number} top @param {number} wide */
  hatch(left, top, wide) {
    const { pen } = this;
    const [begin, end] = [Math.max(left, 0), Math.min(left + wide, this.wide)];
    pen.save();
    pen.beginPath();
    pen.rect(begin, top, end - begin, ROW - 10);
    pen.clip();
    pen.beginPath();
    for (let x = begin - (begin % 6) - 12; x < end; x += 6) {
      pen.moveTo(x, top + ROW - 10);
      pen.lineTo(x + ROW - 10, top);
    }
    pen.strokeStyle = INK;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.restore();
  }

  drawRuler() {
    const { rulerPen: pen, ruler, state } = this;
    fitCanvas(ruler);
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const high = ruler.clientHeight;
    pen.clearRect(0, 0, this.wide, high);
    const [begin, end] = [state.times.of(Math.floor(this.from)), state.times.of(Math.ceil(this.to - 1))];
    const tick = TICKS.find((one) => (one / Math.max(end - begin, 0.01)) * this.wide > 64) ?? 1200;
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (let time = Math.ceil(begin / tick - 1e-9) * tick; time <= end; time += tick) {
      const x = this.x(state.times.nearest(time));
      this.line(pen, x, high, GREY);
      pen.fillStyle = "#aab2bd";
      pen.fillText(clock(time, tick < 1), x + 4, high / 2);
    }
    for (const shot of state.run.shots.slice(1)) {
      const x = this.x(shot);
      pen.fillStyle = SHOT;
      pen.fillRect(x - 2, 0, 4, high);
    }
    const x = this.x(state.frame + 0.5);
    pen.fillStyle = PLAYHEAD;
    pen.beginPath();
    pen.moveTo(x - 5, 0);
    pen.lineTo(x + 5, 0);
    pen.lineTo(x + 0.5, high);
    pen.lineTo(x - 0.5, high);
    pen.fill();
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} high @param {string} colour */
  line(pen, x, high, colour) {
    pen.fillStyle = colour;
    pen.fillRect(Math.round(x), 0, 1, high);
  }
}

/** @param {HTMLElement} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

