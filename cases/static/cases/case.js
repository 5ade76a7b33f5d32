// A case's page: adding documents, doing something with one, and seeing how far all of them are.
import { startActions } from "./actions.js";
import { startLive } from "./live.js";
import { startAdding } from "./adding.js";

const page = document.getElementById("case");
const live = startLive(page);
startActions(page, live);
startAdding(page, live);
