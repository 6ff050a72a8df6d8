// What the page tells beside its card: saved or not, what was refused, what was decided last.

const SAY_UNSAVED_AFTER = 1500;
const SAID_FOR = 4000;

export class Notices {
  // `isQuiet`: a choice is offered, and no dialog opens by itself.
  constructor(outbox, { isQuiet = false } = {}) {
    this.outbox = outbox;
    this.saved = document.getElementById("saved");
    this.told = document.getElementById("told"); // read out: what was decided, and what went wrong
    this.isTroubled = false;
    this.last = document.getElementById("last");
    this.dialog = document.getElementById("conflict-dialog");
    this.timer = 0;
    for (const name of ["changed", "stored"]) outbox.addEventListener(name, () => this.show());
    outbox.addEventListener("refused", () => (isQuiet ? this.#showState() : this.#showRefused()));
    this.dialog?.addEventListener("click", (event) => this.#choose(event));
    this.dialog?.addEventListener("cancel", (event) => event.preventDefault());
  }

  say(text) {
    if (!this.saved) return;
    this.#put("", text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#showState(), SAID_FOR);
  }

  // To a screen reader alone: what the eye sees in another place.
  tell(text) {
    if (this.told) this.told.textContent = text;
  }

  // "saved", or "saving", or, if that lasts, how many are not.
  show() {
    if (!this.saved) return;
    if (this.dialog?.open && !this.outbox.stopped) this.dialog.close();
    const n = this.outbox.list().length;
    if (!n || this.outbox.failures) this.#showState();
    else {
      this.#put("", "saving …");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#showState(), SAY_UNSAVED_AFTER);
    }
  }

  #showState() {
    clearTimeout(this.timer);
    const n = this.outbox.list().length;
    const stopped = this.outbox.stopped;
    const unsaved = `${n} decision${n === 1 ? "" : "s"} not saved`;
    if (!n) this.#put("good", "saved");
    else if (stopped?.status === 401) this.#showSignedOut(unsaved);
    else if (stopped) this.#put("bad", `${unsaved}: one needs your choice`, "Choose");
    else if (this.outbox.failures) this.#put("warn", `${unsaved} yet, trying again`);
    else this.#put("warn", `${unsaved} yet`);
    if (n && !this.outbox.store.lasts) {
      this.saved.append(" · keep this page open: your browser keeps nothing");
    }
  }

  #put(kind, text, button = "") {
    const className = `saved ${kind}`;
    if (this.saved.textContent === text + button && this.saved.className === className) return;
    this.saved.className = className;
    this.saved.textContent = text;
    if (text !== "saving …" && (kind !== "good" || this.isTroubled)) {
      this.tell(text === "saved" ? "All is saved." : text);
      this.isTroubled = kind === "warn" || kind === "bad";
    }
    if (button) this.saved.append(makeButton(button, () => this.#showRefused()));
  }

  #showSignedOut(unsaved) {
    this.#put("bad", `You are signed out. ${unsaved} yet, and kept here: `);
    const link = document.createElement("a");
    link.href = "/sign-in";
    link.target = "_blank";
    link.textContent = "sign in again in a new tab";
    this.saved.append(link, ", then ", makeButton("send them", () => this.outbox.hurry()));
  }

  #showRefused() {
    this.#showState();
    const stopped = this.outbox.stopped;
    if (!stopped || stopped.status === 401 || this.dialog.open) return;
    if (stopped.status === 409 && stopped.text.includes("data-choice")) {
      this.dialog.innerHTML = stopped.text;
    } else this.dialog.replaceChildren(...describe(stopped));
    this.dialog.showModal();
  }

  #choose(event) {
    const chosen = event.target.closest("[data-choice]");
    if (!chosen) return;
    event.preventDefault();
    const said = this.dialog.querySelector("[data-expected]");
    const expected = said ? said.dataset.expected || null : undefined;
    this.dialog.close();
    this.outbox.resume({ expected, drops: chosen.dataset.choice !== "mine" });
  }

  // --- the last decision, and how many there are ------------------------------------------------

  // Returns what is shown, so that it can be put back when a later decision is taken back.
  showLast({ decision, reason, title, path }) {
    const badge = document.createElement("span");
    badge.className = `decision ${decision}`;
    badge.textContent = decision;
    const link = document.createElement("a");
    link.href = path;
    link.textContent = this.last.dataset.see;
    const form = document.createElement("form");
    const button = makeButton("Undo", null);
    button.type = "submit";
    button.dataset.action = "undo";
    const key = document.createElement("kbd");
    key.textContent = this.last.dataset.key;
    button.append(" ", key);
    const words = document.createElement("span");
    const what = document.createElement("bdi");
    what.textContent = title.length > 70 ? `${title.slice(0, 69)}…` : title;
    words.append("Last: ", badge, ` ${reason ? `${reason} · ` : ""}`, what);
    form.append(words, link, button);
    this.putLast(form);
    return form;
  }

  putLast(form) {
    this.last?.replaceChildren(...(form ? [form] : []));
  }

  count(by) {
    for (const [id, change] of [["n-mine", by], ["n-waiting", -by]]) {
      const place = document.getElementById(id);
      const number = Number(place.textContent.replaceAll(",", "")) + change;
      const isOpen = place.dataset.exact === "no";
      if (!isOpen) place.textContent = Math.max(0, number).toLocaleString("en-US");
    }
  }
}

function describe({ entry, text, status }) {
  const heading = document.createElement("h2");
  heading.textContent = "Not stored";
  const title = document.createElement("p");
  title.textContent = entry.title ?? "";
  const why = document.createElement("p");
  const isPage = (text ?? "").trimStart().startsWith("<");
  why.textContent = isPage ? `The desk refused it (${status}).` : text;
  const row = document.createElement("p");
  row.className = "actions";
  const drop = makeButton("Drop this decision", null);
  drop.dataset.choice = "drop";
  const again = makeButton("Try again", null);
  again.dataset.choice = "mine";
  row.append(again, drop);
  return [heading, title, why, row];
}

function makeButton(words, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = words;
  if (act) button.addEventListener("click", act);
  return button;
}
