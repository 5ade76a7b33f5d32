// Requests to the API with the session, and its problems (RFC 9457) as errors.

export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** Sends JSON, if `body` is given; returns the answer's JSON, null if it has none. Throws Problem. */
export async function send(method, url, body) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, "unreachable", "LexIntel does not answer. Check your connection and try again.");
  }
  const text = await response.text();
  if (!response.ok) throw problemOf(response.status, text);
  return text ? JSON.parse(text) : null;
}

/** What went wrong, from an answer's status and body. */
export function problemOf(status, text) {
  if (status === 401) return new Problem(401, "not_authenticated", "You are signed out. Sign in again and try once more.");
  try {
    const { code, detail } = JSON.parse(text);
    if (detail) return new Problem(status, code, detail);
  } catch {
    // Not ours: a proxy's page, most likely.
  }
  return new Problem(status, "error", `The server refused it (status ${status}). Try again in a moment.`);
}

/** The token that proves that a request comes from one of our pages. */
export function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}
