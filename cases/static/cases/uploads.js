// Sends files to the API, a few at a time, and knows how far each is. Shows nothing itself.
import { csrfToken, problemOf } from "../lexintel/api.js";

const AT_ONCE = 3;
const RATE_WINDOW_MS = 5_000;

/** States: waiting ─▶ sending ─▶ done (`document`) | failed (`message`, `code`) ─▶ waiting, if tried again. */
export class Uploads {
  /** `maxBytes`: larger files are refused here, before they are sent in vain. `changed()` is called at every change. */
  constructor(url, maxBytes, changed) {
    this.url = url;
    this.maxBytes = maxBytes;
    this.changed = changed;
    this.all = [];
    this.next = 0;
    this.samples = [];
  }

  add(files, custodian) {
    for (const { file, path } of files) {
      const upload = { file, path, custodian, state: "waiting", sent: 0, message: "", code: "", document: null };
      if (file.size > this.maxBytes) {
        const limit = Math.floor(this.maxBytes / 2 ** 20).toLocaleString("en");
        fail(upload, "too_large", `The file is larger than the ${limit} MB allowed. Split it.`);
      }
      this.all.push(upload);
    }
    this.pump();
  }

  retry(upload) {
    Object.assign(upload, { state: "waiting", sent: 0, message: "", code: "" });
    this.pump();
  }

  /** Give up what has not arrived yet. */
  cancel() {
    for (const upload of this.all) {
      if (upload.state === "waiting") fail(upload, "cancelled", "Not sent: cancelled.");
      upload.request?.abort();
    }
    this.changed();
  }

  of(state) {
    return this.all.filter((upload) => upload.state === state);
  }

  get running() {
    return this.all.some((upload) => upload.state === "waiting" || upload.state === "sending");
  }

  /** `{total, sent}` in bytes of all that was not refused. */
  get bytes() {
    const counted = this.all.filter((upload) => upload.state !== "failed");
    return {
      total: counted.reduce((sum, upload) => sum + upload.file.size, 0),
      sent: counted.reduce((sum, upload) => sum + upload.sent, 0),
    };
  }

  /** Bytes a second over the last seconds. */
  rate() {
    const now = performance.now();
    this.samples.push({ at: now, sent: this.bytes.sent });
    this.samples = this.samples.filter((sample) => now - sample.at <= RATE_WINDOW_MS);
    const [first] = this.samples;
    const last = this.samples.at(-1);
    return last.at > first.at ? Math.max(0, (1000 * (last.sent - first.sent)) / (last.at - first.at)) : 0;
  }

  pump() {
    let free = AT_ONCE - this.of("sending").length;
    for (const upload of this.of("waiting")) {
      if (free-- <= 0) break;
      this.send(upload);
    }
    this.changed();
  }

  send(upload) {
    upload.state = "sending";
    const form = new FormData();
    form.append("files", upload.file, upload.file.name);
    form.append("paths", upload.path);
    form.append("custodian", upload.custodian);
    // fetch does not tell how much of a body is sent.
    const request = (upload.request = new XMLHttpRequest());
    request.upload.addEventListener("progress", (event) => {
      upload.sent = Math.min(upload.file.size, event.loaded);
      this.changed();
    });
    request.addEventListener("loadend", () => {
      upload.request = null;
      settle(upload, request);
      this.pump();
    });
    request.open("POST", this.url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.send(form);
  }
}

function settle(upload, request) {
  if (request.status === 202) {
    const { documents, rejected } = JSON.parse(request.responseText);
    if (rejected.length) return fail(upload, rejected[0].code, rejected[0].message);
    Object.assign(upload, { state: "done", sent: upload.file.size, document: documents[0] });
    return;
  }
  if (request.status) {
    const problem = problemOf(request.status, request.responseText);
    return fail(upload, problem.code, problem.message);
  }
  // The browser does not tell a file that cannot be read any more from a lost connection.
  const all = upload.sent >= upload.file.size && upload.file.size > 0;
  const meanwhile = all ? "It may have arrived: look in the list before you try again." : "Try again.";
  fail(upload, "interrupted", `Sending was broken off. ${meanwhile}`);
}

function fail(upload, code, message) {
  Object.assign(upload, { state: "failed", code, message, sent: 0 });
}
