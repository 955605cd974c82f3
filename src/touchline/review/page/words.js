// Times and numbers as people read them.

/**
 * `3:07.4`, or without the tenth.
 * @param {number} seconds
 * @param {boolean} [fine]
 * @returns {string}
 */
export function clock(seconds, fine = true) {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
  const minutes = Math.floor(tenths / 600);
  const rest = String(Math.floor((tenths % 600) / 10)).padStart(2, "0");
  return `${minutes}:${rest}${fine ? `.${tenths % 10}` : ""}`;
}

/**
 * `+2.1`, `−0.4`.
 * @param {number} value
 * @returns {string}
 */
export function signed(value) {
  const text = Math.abs(value).toFixed(1);
  return `${value < 0 && text !== "0.0" ? "−" : "+"}${text}`;
}

/**
 * `87 %`.
 * @param {number} share
 * @returns {string}
 */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/**
 * `1 box`, `2 boxes`.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
