// The cards of a queue: the one that is shown, those held ready, and the way back.

const AHEAD = 5;
const KEPT = 40;
const AGAIN_AFTER = 3000;

export class Cards extends EventTarget {
  // `unsent` tells which records were decided and are not stored yet: they are not shown again.
  constructor(card, unsent) {
    super();
    this.current = card;
    this.unsent = unsent;
    this.ahead = [];
    this.seen = new Map();
    this.isFetching = false;
    this.isWaiting = false;
    this.isAtEnd = !card.dataset.record;
    history.replaceState({ path: card.dataset.self }, "");
    window.addEventListener("popstate", (event) => this.#goBack(event.state?.path));
  }

  goOn() {
    const next = this.ahead.shift();
    if (next) this.show(next);
    else {
      this.isWaiting = true;
      this.show(makeWaiting(this.current), { isKept: false });
    }
    this.fill();
  }

  // Shows a card in place of the current one, which comes again after it.
  interpose(card) {
    if (this.current.dataset.record) this.ahead.unshift(this.current);
    this.isWaiting = false;
    this.show(card);
  }

  show(card, { isKept = true } = {}) {
    const before = this.current;
    if (before.dataset.record) {
      this.seen.set(before.dataset.record, before);
      if (this.seen.size > KEPT) this.seen.delete(this.seen.keys().next().value);
    }
    before.replaceWith(card);
    this.current = card;
    if (isKept) history.pushState({ path: card.dataset.self }, "", card.dataset.self);
    this.#present();
  }

  // Holds cards ready, and claims them: the desk is told what is shown and what is held.
  async fill() {
    if (this.isFetching || this.isAtEnd) return;
    this.isFetching = true;
    try {
      while (this.ahead.length < AHEAD && (await this.#fetchNext()));
    } catch {
      setTimeout(() => this.fill(), AGAIN_AFTER);
    } finally {
      this.isFetching = false;
    }
  }

  async fetchCard(path) {
    const answer = await fetch(path, { headers: { "hx-request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    const card = made.getElementById("card");
    if (!card) throw new Error(`${path}: no card`);
    return document.adoptNode(card);
  }

  async #fetchNext() {
    const last = this.ahead.at(-1) ?? this.current;
    if (!last.dataset.next) return false;
    const held = [this.current, ...this.ahead].map((card) => card.dataset.record);
    const address = new URL(last.dataset.next, location.href);
    address.searchParams.set("held", [...held, ...this.unsent()].filter(Boolean).join(","));
    const card = await this.fetchCard(address);
    const record = card.dataset.record;
    if (record && (held.includes(record) || this.unsent().has(record))) return false;
    this.isAtEnd = !record;
    if (this.isWaiting) {
      this.isWaiting = false;
      this.show(card);
    } else this.ahead.push(card);
    return !this.isAtEnd;
  }

  async #goBack(path) {
    if (!path) return;
    const record = new URL(path, location.href).searchParams.get("record");
    const before = this.seen.get(record);
    let card = null;
    try {
      card = this.unsent().has(record) ? before : await this.fetchCard(path);
    } catch {
      card = before;
    }
    if (!card) {
      location.reload();
      return;
    }
    this.isWaiting = false;
    this.ahead = this.ahead.filter((one) => one.dataset.record !== record);
    if (this.current.dataset.record && !this.unsent().has(this.current.dataset.record)) {
      this.seen.set(this.current.dataset.record, this.current);
    }
    this.current.replaceWith(card);
    this.current = card;
    this.#present();
  }

  #present() {
    window.scrollTo(0, 0);
    this.current.focus({ preventScroll: true });
    window.htmx?.process(this.current);
    this.dispatchEvent(new Event("shown"));
  }
}

function makeWaiting(before) {
  const card = document.createElement("article");
  card.className = "screening empty";
  card.id = "card";
  card.tabIndex = -1;
  Object.assign(card.dataset, { record: "", next: before.dataset.next, self: before.dataset.self });
  card.textContent = "The next record is being fetched. What you decided is kept.";
  return card;
}
