// The server's answers. Every error is one line for a person: `ServerError`.

export class ServerError extends Error {
  /** @param {string} line @param {import("./contract.js").Split | null} [split] what else may be wrong */
  constructor(line, split = null) {
    super(line);
    this.split = split;
  }
}

export const NO_SERVER = "the server does not answer: is touchline review still running?";

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Response>}
 */
async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServerError(NO_SERVER);
  }
  if (response.ok) return response;
  let line = `the server answers ${response.status} to ${path}`;
  let split = null;
  try {
    const told = await response.json();
    if (typeof told.error === "string") line = told.error;
    split = told.split ?? null;
  } catch {
    // No JSON: the line above says what is known.
  }
  throw new ServerError(line, split);
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function getJson(path) {
  return (await request(path, {})).json();
}

/**
 * @param {string} path
 * @returns {Promise<ArrayBuffer>}
 */
export async function getBinary(path) {
  // Pictures and crops wait for tables: they are many, and a browser asks for six things at once.
  return (await request(path, { priority: "high" })).arrayBuffer();
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function getBlob(path, signal) {
  return (await request(path, { signal })).blob();
}

/**
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>}
 */
export async function postJson(path, body) {
  const headers = { "Content-Type": "application/json" };
  return (await request(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/**
 * Where the crop of somebody in a frame is.
 * @param {number} frame
 * @param {number} identity
 * @param {number} height
 * @param {number} revision  so that no crop of earlier identities is shown
 * @returns {string}
 */
export function cropPath(frame, identity, height, revision) {
  return `api/crops/${frame}/${identity}.jpg?height=${height}&revision=${revision}`;
}
