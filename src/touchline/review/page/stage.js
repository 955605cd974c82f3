// The stage: the picture of a frame, and who is who in it.

import { context, fitCanvas } from "./dom.js";
import { drawMark, drawTrail, trails } from "./marks.js";
import { letMove, Viewport } from "./viewport.js";

export class Stage {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./player.js").Player} player
   * @param {HTMLCanvasElement} canvas
   * @param {(identity: number | null, adding: boolean) => void} picked
   */
  constructor(state, player, canvas, picked) {
    this.state = state;
    this.player = player;
    this.canvas = canvas;
    this.pen = context(canvas);
    this.viewport = new Viewport(state.run.video);
    /** @type {number | null} */
    this.hovered = null;
    /** The frame whose picture is on the stage. */
    this.shown = state.frame;
    this.isDue = false;
    letMove(canvas, this.viewport, () => this.moved(), (x, y, adding) => picked(this.at(x, y), adding));
    canvas.addEventListener("pointermove", (event) => this.hover(this.at(event.offsetX, event.offsetY)));
    canvas.addEventListener("pointerleave", () => this.hover(null));
    for (const topic of /** @type {import("./state.js").Topic[]} */ (["frame", "selection", "run", "tables", "view", "mode"])) {
      state.on(topic, () => this.redraw());
    }
    player.onChange(() => this.redraw());
    new ResizeObserver(() => this.resized()).observe(canvas);
    this.resized();
  }

  resized() {
    fitCanvas(this.canvas);
    this.viewport.resize(this.canvas.clientWidth, this.canvas.clientHeight);
    this.moved();
  }

  moved() {
    const { scale, video } = this.viewport;
    this.player.pictures.setWidth(scale * video.width * devicePixelRatio);
    if (!this.player.playing) this.player.pictures.want(this.state.frame);
    this.redraw();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.viewport.zoomAt(factor, this.viewport.wide / 2, this.viewport.high / 2);
    this.moved();
  }

  fit() {
    this.viewport.fit();
    this.moved();
  }

  /** @param {number | null} identity */
  hover(identity) {
    if (identity === this.hovered) return;
    this.hovered = identity;
    this.canvas.classList.toggle("over", identity !== null);
    this.redraw();
  }

  /** Who is at a point of the stage: of several the one whose middle is nearest. @param {number} x @param {number} y */
  at(x, y) {
    const point = this.viewport.inImage(x, y);
    const slack = 4 / this.viewport.scale;
    let found = null;
    let least = Infinity;
    for (const { identity, box } of this.state.boxes.there(this.shown)) {
      if (!this.state.isShown(identity)) continue;
      const [x1, y1, x2, y2] = box;
      if (point.x < x1 - slack || point.x > x2 + slack || point.y < y1 - slack || point.y > y2 + 4 * slack) continue;
      const apart = Math.hypot(point.x - (x1 + x2) / 2, (point.y - (y1 + y2) / 2) / 2);
      if (apart < least) [found, least] = [identity, apart];
    }
    return found;
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
    const { pen, viewport, state, canvas } = this;
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const picture = this.player.picture;
    const { width, height } = state.run.video;
    const { scale, left, top } = viewport;
    const place = { scale, left, top, bottom: Math.min(top + height * scale, viewport.high) };
    canvas.dataset.frame = picture ? String(picture.frame) : "";
    if (!picture) return;
    this.shown = picture.frame;
    if (picture.image) pen.drawImage(picture.image, left, top, width * scale, height * scale);
    else this.drawGround(left, top, width * scale, height * scale);
    pen.save();
    pen.beginPath();
    pen.rect(place.left, place.top, width * place.scale, height * place.scale);
    pen.clip();
    if (state.view.trailSeconds > 0) {
      for (const [identity, path] of trails(state, this.shown)) drawTrail(pen, path, place, state.colour(identity));
    }
    const boxes = state.boxes.at(this.shown).filter(({ identity }) => state.isShown(identity));
    const last = state.selected.at(-1);
    const rows = [...boxes].sort((one, other) => Number(one.identity === last) - Number(other.identity === last) || one.box[3] - other.box[3]);
    for (const box of rows) drawMark(pen, box, place, this.looks(box.identity));
    pen.restore();
  }

  /** Of a run without images. @param {number} left @param {number} top @param {number} wide @param {number} high */
  drawGround(left, top, wide, high) {
    const { pen } = this;
    pen.fillStyle = "#23392b";
    pen.fillRect(left, top, wide, high);
    pen.fillStyle = "#e8eaed";
    pen.font = "14px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText(this.state.run.video.why ?? "", left + wide / 2, top + 24, wide - 20);
  }

  /** @param {number} identity @returns {import("./marks.js").Looks} */
  looks(identity) {
    const { state } = this;
    const chosen = state.selected.includes(identity);
    const { mode } = state;
    const grey = state.joinable.get(identity)?.joinable === false;
    const hovered = identity === this.hovered || (mode?.kind === "swap" && identity !== mode.identity);
    const tag = state.view.labels || chosen || identity === this.hovered ? state.tag(identity) : "";
    return { colour: state.colour(identity), tag, chosen, hovered, grey };
  }
}
