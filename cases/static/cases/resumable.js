// Sends one large file in parts (tus 1.0): a lost connection costs a part, and after a reload the file goes on.
import { csrfToken, problemOf, send as sendJson } from "../lexintel/api.js";

/** The server takes no larger parts; what is not larger is sent whole. */
export const PART_BYTES = 8 * 2 ** 20;
const WAITS_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
const TUS = { "Tus-Resumable": "1.0.0" };
const REMEMBERED = "lexintel-upload:";

export class Cancelled extends Error {}

export class ResumableUpload {
  /** `url`: where uploads begin; `said`: what the server is told of the file; `told({sent, waiting})` at each change. */
  constructor(url, file, said, told) {
    this.url = url;
    this.file = file;
    this.said = said;
    this.told = told;
    this.request = null;
    this.cancelled = false;
    const { name, size, lastModified } = file;
    this.key = REMEMBERED + JSON.stringify([said.case, said.path, name, size, lastModified]);
  }

  /** The document that came of it. Throws Problem, or Cancelled. */
  async run() {
    let offset = await this.patiently(() => this.place());
    for (;;) {
      this.told({ sent: offset, waiting: false });
      const from = offset;
      const answer = await this.patiently((again) => this.part(from, again));
      if (answer.document) {
        forget(this.key);
        return sendJson("GET", `/api/v1/documents/${encodeURIComponent(answer.document)}/`);
      }
      offset = answer.offset;
    }
  }

  cancel() {
    this.cancelled = true;
    this.request?.abort();
    this.wake?.();
  }

  /** Where to go on: with what was begun before, or from the first byte. */
  async place() {
    this.there ??= recall(this.key);
    if (this.there) {
      const answer = await this.ask("HEAD", this.there, TUS);
      const known = answer.status === 200 && Number(answer.header("Upload-Length")) === this.file.size;
      // What has become a document by now was another time's; the same file may be added again.
      if (known && !answer.header("X-Document-Id")) return Number(answer.header("Upload-Offset"));
      if (answer.status !== 404 && answer.status !== 200) throw answer.problem();
      forget(this.key);
      this.there = null;
    }
    const headers = { ...TUS, "Upload-Length": String(this.file.size), "Upload-Metadata": metadata(this.said) };
    const answer = await this.ask("POST", this.url, headers);
    if (answer.status !== 201) throw answer.problem();
    this.there = answer.header("Location");
    remember(this.key, this.there);
    return 0;
  }

  /** Sends what begins at `offset`; where it goes on then, or which document has come of it. */
  async part(offset, again) {
    if (again) {
      // Nobody knows how much of what was sent last has arrived.
      const answer = await this.ask("HEAD", this.there, TUS);
      if (answer.status !== 200) throw answer.problem();
      const document = answer.header("X-Document-Id");
      const at = Number(answer.header("Upload-Offset"));
      if (document || at !== offset) return { document, offset: at };
    }
    const blob = this.file.slice(offset, offset + PART_BYTES);
    const headers = { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    const answer = await this.ask("PATCH", this.there, headers, blob, (sent) => {
      this.told({ sent: offset + Math.min(sent, blob.size), waiting: false });
    });
    if (answer.status !== 204) throw answer.problem();
    return { document: answer.header("X-Document-Id"), offset: Number(answer.header("Upload-Offset")) };
  }

  /** Tries again while the connection or the server is away, longer and longer, until a person gives up. */
  async patiently(step) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await step(tries > 0);
      } catch (problem) {
        if (this.cancelled) throw new Cancelled();
        // A full storage does not pass by waiting.
        const passes = [0, 409, 423].includes(problem.status) || (problem.status >= 500 && problem.status !== 507);
        if (!passes || tries >= 20) throw problem;
        // Putting a large file together takes its time, and is no trouble.
        this.told({ waiting: problem.status !== 423 });
        await new Promise((resolve) => {
          this.wake = resolve;
          setTimeout(resolve, WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
          addEventListener("online", resolve, { once: true });
        });
        if (this.cancelled) throw new Cancelled();
      }
    }
  }

  // fetch does not tell how much of a body is sent.
  ask(method, url, headers, body = null, progress = null) {
    return new Promise((resolve) => {
      const request = (this.request = new XMLHttpRequest());
      if (progress) request.upload.addEventListener("progress", (event) => progress(event.loaded));
      request.addEventListener("loadend", () => {
        this.request = null;
        resolve({
          status: request.status,
          header: (name) => request.getResponseHeader(name),
          problem: () => problemOf(request.status, request.responseText),
        });
      });
      request.open(method, url);
      for (const [name, value] of Object.entries({ ...headers, "X-CSRFToken": csrfToken() })) {
        request.setRequestHeader(name, value);
      }
      request.send(body);
    });
  }
}

/** `name base64, …`, the base64 of UTF-8. */
function metadata(said) {
  const encoded = (text) => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
  return Object.entries(said).filter(([, value]) => value).map(([name, value]) => `${name} ${encoded(value)}`).join(",");
}

// A browser that keeps nothing only forgets where it was.
function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key, there) {
  try {
    localStorage.setItem(key, there);
  } catch {
    return;
  }
}

function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    return;
  }
}
