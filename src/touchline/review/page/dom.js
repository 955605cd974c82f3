// Elements of the page: found, made, and told apart.

/**
 * The element with this id, of this kind.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${id}`);
  return found;
}

/**
 * The 2D context of a canvas.
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function context(canvas) {
  const found = canvas.getContext("2d");
  if (!found) throw new Error("this browser draws nothing: it has no 2D canvas");
  return found;
}

/**
 * A new element. Properties are set as they are; those with a dash, `role` and `class` as attributes.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "class") made.setAttribute(name, String(value));
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/**
 * A button with its words and, if it has one, its key.
 * @param {string} words
 * @param {string} key
 * @param {() => void} act
 * @param {string} [title]
 * @returns {HTMLButtonElement}
 */
export function button(words, key, act, title = "") {
  const made = make("button", { type: "button", onclick: act, title }, words);
  if (key) {
    made.append(" ", make("kbd", { "aria-hidden": "true" }, key));
    made.setAttribute("aria-keyshortcuts", key);
  }
  return made;
}

/**
 * Whether somebody types text there, so that letters are no commands.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
export function takesText(target) {
  if (target instanceof HTMLInputElement) return !["checkbox", "range", "button"].includes(target.type);
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/**
 * Size a canvas to its box on the screen; whether its size changed.
 * @param {HTMLCanvasElement} canvas
 * @returns {boolean}
 */
export function fitCanvas(canvas) {
  const wide = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  const high = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
  if (canvas.width === wide && canvas.height === high) return false;
  canvas.width = wide;
  canvas.height = high;
  return true;
}
