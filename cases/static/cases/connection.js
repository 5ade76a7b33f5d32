// The dot in the page's head: how the page learns what happens.

const WORDS = {
  live: () => "Live",
  polling: () => "Checking every 5 s",
  waiting: (seconds) => `Reconnecting in ${seconds} s`,
  ended: (reason) => (reason === "signed_out" ? "Signed out" : "No longer a member"),
};
const MEANING = {
  live: "What changes is shown at once.",
  polling: "The live connection is blocked; the page asks every five seconds instead.",
  waiting: "The connection was lost.",
  ended: "Reload the page to go on.",
};
let counting = 0;

/** Show a state of `follow`; see lexintel/event_stream.js. */
export function showConnection(state, detail) {
  const dot = document.getElementById("connection");
  const words = dot.querySelector(".connection-words");
  clearInterval(counting);
  dot.hidden = false;
  dot.dataset.state = state;
  dot.title = MEANING[state];
  words.textContent = WORDS[state](detail);
  if (state !== "waiting") return;
  counting = setInterval(() => {
    detail -= 1;
    words.textContent = detail > 0 ? WORDS.waiting(detail) : "Reconnecting …";
    if (detail <= 0) clearInterval(counting);
  }, 1000);
}
