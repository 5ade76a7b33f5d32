// Keeps the page true while documents are read. Events are small and say only that something has changed: a row's
// own progress is shown from them at once; counts, order, problems and new rows are fetched as the server renders
// them, at most once a second, so that they are the same after a reload.
import { showConnection } from "./connection.js";
import { Refresh } from "./refresh.js";
import { showProgress } from "./row.js";
import { follow } from "../lexintel/event_stream.js";
import { notify } from "../lexintel/notices.js";

const ENDED = {
  signed_out: "You are signed out, so this page stays as it is now. Reload it to sign in again.",
  removed: "The case was deleted, or you are not a member of it any more.",
};
// A case may have more documents than a page should remember.
const MAX_REMEMBERED = 20_000;

export function startLive(page) {
  /** The newest event of each document that is not finished. */
  const events = new Map();
  const refresh = new Refresh(page, events);

  function note(event) {
    const before = events.get(event.doc);
    if (before && before.at > event.at) return false;
    if (events.size > MAX_REMEMBERED) events.clear();
    events.set(event.doc, event);
    showProgress(page, event);
    return !before || stateOf(before) !== stateOf(event);
  }

  follow(page.dataset.events, {
    state(state, detail) {
      showConnection(state, detail);
      if (state === "ended") notify(ENDED[detail], "warning");
    },
    poll: () => refresh.soon(),
    event(name, data) {
      if (name === "snapshot") {
        events.clear();
        data.documents.forEach((document) => note({ ...document, at: data.at }));
        refresh.soon();
      } else if (name === "progress" && note(data)) {
        refresh.soon();
      }
    },
  });
  return refresh;
}

/** What counts, problems and the parts of a row depend on; page numbers alone are shown without asking. */
function stateOf(event) {
  return `${event.status} ${event.stage} ${event.pages > 0}`;
}
