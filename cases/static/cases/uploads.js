// Sends files to the API, a few at a time, and knows how far each is. Shows nothing itself.
import { csrfToken, problemOf } from "../lexintel/api.js";
import { Cancelled, PART_BYTES, ResumableUpload } from "./resumable.js";

const AT_ONCE = 3;
const RATE_WINDOW_MS = 5_000;

/** States: waiting ─▶ sending ─▶ done (`document`) | failed (`message`, `code`) ─▶ waiting, if tried again. */
export class Uploads {
  /**
   * `to`: `{whole, inParts, caseId}`, where files go. `maxBytes`: larger files are refused here, before they are sent in
   * vain. `changed()` is called at every change.
   */
  constructor(to, maxBytes, changed) {
    this.to = to;
    this.maxBytes = maxBytes;
    this.changed = changed;
    this.all = [];
    this.next = 0;
    this.samples = [];
  }

  /** What is added at one go stays together: the server tells how far all of it is. */
  add(files, custodian) {
    const batch = files.length > 1 ? { id: randomId(), name: commonFolder(files) } : null;
    for (const { file, path } of files) {
      const upload = { file, path, custodian, batch, state: "waiting", sent: 0, waiting: false, message: "", code: "", document: null };
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
      upload.inParts?.cancel();
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
    if (upload.file.size > PART_BYTES) this.sendInParts(upload);
    else this.sendWhole(upload);
  }

  async sendInParts(upload) {
    const { file, path, custodian, batch } = upload;
    const said = { filename: file.name, case: this.to.caseId, path, custodian };
    if (batch) Object.assign(said, { batch: batch.id, batch_name: batch.name });
    upload.inParts = new ResumableUpload(this.to.inParts, file, said, (news) => {
      Object.assign(upload, news);
      this.changed();
    });
    try {
      const document = await upload.inParts.run();
      Object.assign(upload, { state: "done", sent: file.size, document });
    } catch (problem) {
      if (problem instanceof Cancelled) fail(upload, "cancelled", "Cancelled. Try again to go on where it was.");
      else fail(upload, problem.code ?? "error", problem.message);
    }
    Object.assign(upload, { inParts: null, waiting: false });
    this.pump();
  }

  sendWhole(upload) {
    const form = new FormData();
    form.append("files", upload.file, upload.file.name);
    form.append("paths", upload.path);
    form.append("custodian", upload.custodian);
    if (upload.batch) {
      form.append("batch", upload.batch.id);
      form.append("batch_name", upload.batch.name);
    }
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
    request.open("POST", this.to.whole);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.send(form);
  }
}

/** The folder that all of it lay in; empty if there is no such. */
function commonFolder(files) {
  const tops = new Set(files.map(({ path }) => (path.includes("/") ? path.split("/")[0] : "")));
  return tops.size === 1 ? [...tops][0].slice(0, 255) : "";
}

/** A UUID; crypto.randomUUID is not there on plain http. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
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
