// What takes the server a while: exports and clips. Their file is downloaded when it is there.

import { getJson, postJson } from "./api.js";
import { button, byId, make } from "./dom.js";
import { percent } from "./words.js";

const EVERY_MS = 250;

export class Jobs {
  /** @param {import("./state.js").State} state @param {import("./notices.js").Notices} notices */
  constructor(state, notices) {
    this.state = state;
    this.notices = notices;
    this.menu = byId("export-menu", HTMLDivElement);
    this.opener = byId("export", HTMLButtonElement);
    const items = state.run.formats.map((format) => {
      const made = button(format, "", () => this.export(format));
      made.setAttribute("role", "menuitem");
      return made;
    });
    this.menu.replaceChildren(...items);
    this.opener.addEventListener("click", () => this.open(this.menu.hidden));
    this.menu.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerdown", (event) => {
      if (event.target instanceof Node && !this.menu.parentElement?.contains(event.target)) this.open(false);
    });
  }

  /** @param {boolean} open */
  open(open) {
    this.menu.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button")?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const items = [...this.menu.querySelectorAll("button")];
    const place = items.findIndex((item) => item === document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) items[(place + step + items.length) % items.length]?.focus();
    else if (event.key === "Escape") {
      this.open(false);
      this.opener.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} format */
  export(format) {
    this.open(false);
    this.start("api/exports", { format }, `The export as ${format}`);
  }

  /**
   * Start a job and wait for it.
   * @param {string} path
   * @param {unknown} body
   * @param {string} words  what it makes
   */
  async start(path, body, words) {
    try {
      this.notices.busy(`${words} is being made …`);
      let job = /** @type {import("./contract.js").Job} */ (await postJson(path, body));
      while (job.state === "running") {
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
        job = await getJson(`api/jobs/${job.id}`);
        const share = job.total ? ` ${percent(job.done / job.total)}` : "";
        this.notices.busy(`${words} is being made …${share}`);
      }
      if (job.state === "failed") throw new Error(job.error ?? `${words} could not be made`);
      this.notices.say(`${words} is ready: ${job.name ?? job.text}.`);
      const link = make("a", { href: `api/jobs/${job.id}/file`, download: job.name ?? "" });
      link.click();
    } catch (error) {
      this.notices.wrong(error);
    }
  }
}
