// Where everybody is on the pitch, for a run whose camera is known.

import { byId, context, fitCanvas } from "./dom.js";
import { Places } from "./tables.js";

const LINE = "#ffffffb0";
const GRASS = "#234d2f";
const MARGIN_METRES = 3;

export class Minimap {
  /** @param {import("./state.js").State} state @param {() => void} flip */
  constructor(state, flip) {
    this.state = state;
    this.box = byId("pitch", HTMLDivElement);
    this.canvas = byId("minimap", HTMLCanvasElement);
    this.box.hidden = !state.run.has_pitch;
    byId("flip", HTMLButtonElement).addEventListener("click", flip);
    this.pen = context(this.canvas);
    this.places = new Places(state.run.video.last, () => this.draw());
    for (const topic of /** @type {import("./state.js").Topic[]} */ (["frame", "selection", "view"])) state.on(topic, () => this.draw());
    state.on("run", () => {
      this.box.hidden = !state.run.has_pitch;
      this.places.outdate();
      this.draw();
    });
    this.draw();
  }

  draw() {
    const { pen, canvas, state } = this;
    if (this.box.hidden) return;
    fitCanvas(canvas);
    const { length, width } = state.run.pitch;
    const scale = Math.min(canvas.width / (length + 2 * MARGIN_METRES), canvas.height / (width + 2 * MARGIN_METRES));
    // Metres from the centre spot; away from the main camera is up.
    pen.setTransform(scale, 0, 0, -scale, canvas.width / 2, canvas.height / 2);
    pen.fillStyle = GRASS;
    pen.fillRect(-length / 2 - MARGIN_METRES, -width / 2 - MARGIN_METRES, length + 2 * MARGIN_METRES, width + 2 * MARGIN_METRES);
    this.drawLines(length, width);
    const last = state.selected.at(-1);
    const places = this.places.at(state.frame);
    if (places && !places.length) this.drawUnknown();
    for (const { identity, x, y } of places ?? []) {
      if (!state.isShown(identity)) continue;
      pen.beginPath();
      pen.arc(x, y, identity === last ? 2 : 1.3, 0, 2 * Math.PI);
      pen.fillStyle = state.colour(identity);
      pen.fill();
      pen.lineWidth = 0.4;
      pen.strokeStyle = identity === last ? "#ffffff" : "#0c0e11";
      pen.stroke();
    }
  }

  /** An empty pitch would say that nobody is there. */
  drawUnknown() {
    const { pen, canvas } = this;
    pen.setTransform(1, 0, 0, 1, canvas.width / 2, canvas.height / 2);
    pen.fillStyle = "#0c0e11b0";
    pen.fillRect(-canvas.width / 2, -canvas.height / 2, canvas.width, canvas.height);
    pen.fillStyle = "#e8eaed";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.font = `${Math.round(12 * devicePixelRatio)}px system-ui, sans-serif`;
    pen.fillText("places not known here", 0, 0, canvas.width);
  }

  /** @param {number} length @param {number} width */
  drawLines(length, width) {
    const { pen } = this;
    pen.strokeStyle = LINE;
    pen.lineWidth = 0.5;
    pen.strokeRect(-length / 2, -width / 2, length, width);
    pen.beginPath();
    pen.moveTo(0, -width / 2);
    pen.lineTo(0, width / 2);
    pen.moveTo(9.15, 0);
    pen.arc(0, 0, 9.15, 0, 2 * Math.PI);
    for (const side of [-1, 1]) {
      for (const [deep, wide] of /** @type {[number, number][]} */ ([[16.5, 40.32], [5.5, 18.32]])) {
        pen.rect((side * length) / 2, -wide / 2, -side * deep, wide);
      }
    }
    pen.stroke();
  }
}
