// Server-sent events read with fetch: unlike EventSource it shows why it was refused and notices a dead line.
//
//   follow ─▶ live ─▶ (lost) waiting ─▶ live …
//                          └─ after three failures: polling every 5 s, and the stream tried again now and then

// The server says something every 15 s, if only that it lives.
const QUIET_MS = 40_000;
// It begins at once; a proxy that holds answers back never lets the beginning through.
const FIRST_WORD_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const FAILURES_BEFORE_POLLING = 3;
const POLL_MS = 5_000;
// Browsers allow six connections to a server: a tab that nobody sees gives its own back.
const HIDDEN_MS = 5_000;

/**
 * Follow the stream at `url` until it ends for good.
 * `on.event(name, data)` gets each event; `on.state(state, seconds | reason)` live, waiting, polling or ended;
 * `on.poll()` is called every five seconds while there is no stream.
 */
export function follow(url, on) {
  let lastId = "";
  let failures = 0;
  let abort = null;
  let ended = false;
  let wake = () => {};
  let polling = 0;
  let hiding = 0;

  const pause = (ms) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => (clearTimeout(timer), resolve());
  });

  function poll(start) {
    clearInterval(polling);
    polling = start ? setInterval(() => document.hidden || on.poll(), POLL_MS) : 0;
    if (start) on.state("polling");
  }

  function end(reason) {
    ended = true;
    poll(false);
    on.state("ended", reason);
  }

  function connected() {
    failures = 0;
    poll(false);
    on.state("live");
  }

  function received(frame) {
    if (frame.id) lastId = frame.id;
    const data = JSON.parse(frame.data);
    if (frame.event === "bye") {
      if (data.reason !== "shutdown") end(data.reason);
      return;
    }
    if (frame.event === "reset") lastId = "";
    on.event(frame.event, data);
  }

  async function listen() {
    abort = new AbortController();
    const watchdog = new Watchdog(() => abort.abort());
    watchdog.expectWithin(FIRST_WORD_MS);
    try {
      const headers = { Accept: "text/event-stream", ...(lastId && { "Last-Event-ID": lastId }) };
      const response = await fetch(url, { headers, signal: abort.signal, cache: "no-store" });
      if (response.status === 401) return end("signed_out");
      if (response.status === 404) return end("removed");
      if (!response.ok || !response.body) return;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const frames = new Frames();
      for (let first = true; ; first = false) {
        const { value, done } = await reader.read();
        if (done || ended) return;
        if (first) connected();
        watchdog.expectWithin(QUIET_MS);
        for (const frame of frames.add(value)) received(frame);
      }
    } catch {
      // Lost or aborted: tried again.
    } finally {
      watchdog.stop();
      abort.abort();
    }
  }

  async function run() {
    while (!ended) {
      if (document.hidden) {
        await pause(2 ** 30);
        continue;
      }
      await listen();
      if (ended || document.hidden) continue;
      failures += 1;
      if (failures === FAILURES_BEFORE_POLLING) poll(true);
      const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
      if (failures < FAILURES_BEFORE_POLLING) on.state("waiting", Math.ceil(ms / 1000));
      await pause(ms);
    }
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(() => abort?.abort(), HIDDEN_MS);
    else wake();
  });
  addEventListener("online", () => wake());
  // A page that is kept for going back must not keep its connection.
  addEventListener("pagehide", () => abort?.abort());
  addEventListener("pageshow", (event) => event.persisted && wake());
  run();
}

class Watchdog {
  constructor(bark) {
    this.bark = bark;
  }

  expectWithin(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bark, ms);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** Puts frames together from pieces of text. */
export class Frames {
  rest = "";

  /** The frames that are whole now. */
  add(text) {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop();
    return blocks.map(frameOf).filter((frame) => frame.data);
  }
}

function frameOf(block) {
  const frame = { event: "message", id: "", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) frame[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  return frame;
}
