// On every page but the queue's: decisions that this browser still holds are sent, and told of.
//
// The queue's pages do it in desk.js. Of two tabs, one sends at a time (outbox.js).
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";

const { person, csrf, self } = document.getElementById("unsent").dataset;
const outbox = new Outbox(person, csrf, self);
let notices = null;

// Nothing is told of what another tab sends within the blink of an eye.
function look() {
  if (notices || document.hidden || !outbox.list().length) return;
  notices = new Notices(outbox, { isQuiet: true });
  notices.show();
  outbox.send();
}

document.addEventListener("visibilitychange", look);
look();
