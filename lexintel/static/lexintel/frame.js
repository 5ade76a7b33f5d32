// Every page's script: keys, menus, questions before what cannot be undone, times where the reader is.
import { startConfirming } from "./confirm.js";
import { startKeys } from "./keys.js";
import { startMenus } from "./menus.js";
import { showLocalTimes } from "./times.js";

showLocalTimes(document);
startMenus();
startKeys();
startConfirming();
