// Decisions on their way: kept in the browser until the desk says that they are stored.
//
// Each is an entry of localStorage under a key of its own, so that two tabs never write the same
// one; keys sort in the order in which people decided. They are sent one after another, by one tab
// at a time. The desk stores what is sent twice once. Nothing is ever dropped but by a person.

const WAIT_FIRST = 1000;
const WAIT_MOST = 30000;
const ANSWER_WITHIN = 20000;
const REMEMBERED = 200;

export class Outbox extends EventTarget {
  constructor(person, csrf, selfPath) {
    super();
    this.person = person;
    this.csrf = csrf;
    this.selfPath = selfPath;
    this.prefix = `litsweep.outbox.${person}.`;
    this.doneKey = `litsweep.stored.${person}`;
    this.store = chooseStore();
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(`litsweep-${person}`) : null;
    this.wait = WAIT_FIRST;
    this.stopped = null; // {key, status, text}: what the desk refused, until a person chooses
    this.failures = 0;
    this.number = 0;
    this.timer = 0;
    this.isSending = false;
    if (this.channel) this.channel.onmessage = (event) => this.#hear(event.data);
    window.addEventListener("storage", () => this.#look());
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    if (!this.store.lasts) {
      window.addEventListener("beforeunload", (event) => this.list().length && event.preventDefault());
    }
  }

  list() {
    const keys = this.store.keys().filter((key) => key.startsWith(this.prefix));
    return keys.sort().map((key) => ({ ...JSON.parse(this.store.get(key)), key }));
  }

  add(entry) {
    this.number += 1;
    const time = Date.now().toString(36).padStart(10, "0");
    const count = this.number.toString(36).padStart(6, "0");
    const key = `${this.prefix}${time}-${count}-${Math.random().toString(36).slice(2, 8)}`;
    this.store.set(key, JSON.stringify(entry));
    this.#tell("changed", true);
    this.send();
    return key;
  }

  // Takes back what was not sent yet; false: it may be stored already.
  cancel(key) {
    const text = this.store.get(key);
    if (text === null || JSON.parse(text).isSent || this.stopped?.key === key) return false;
    this.store.remove(key);
    this.#tell("changed", true);
    return true;
  }

  // What a person chose about a refused entry: another number to replace, or to drop it.
  resume({ expected, drops }) {
    const { key, entry } = this.stopped ?? {};
    if (!key || this.store.get(key) === null) {
      this.#look(); // another tab was asked, and has settled it
      return;
    }
    const replaced = expected === undefined ? entry.expected : expected;
    this.stopped = null;
    if (drops) {
      this.#remember(key, this.#resolve(replaced, "standing"));
      this.store.remove(key);
    } else {
      this.store.set(key, JSON.stringify({ ...entry, key: undefined, expected: replaced }));
    }
    this.#tell("changed", true);
    this.hurry();
  }

  hurry() {
    clearTimeout(this.timer);
    this.wait = WAIT_FIRST;
    if (this.stopped?.status === 401) this.stopped = null;
    this.send();
  }

  async send() {
    if (this.isSending || this.stopped) return;
    this.isSending = true;
    try {
      await withLock(`litsweep-outbox-${this.person}`, this.store, () => this.#sendAll());
    } finally {
      this.isSending = false;
    }
    if (!this.stopped && this.list().length) this.#sendLater();
  }

  async #sendAll() {
    for (let [first] = this.list(); first; [first] = this.list()) {
      const answer = await this.#sendOne(first);
      if (answer.isStored) this.#settle(first, answer.body);
      else {
        this.failures += 1;
        if (answer.isFinal) this.stopped = { key: first.key, entry: first, ...answer };
        this.#tell(answer.isFinal ? "refused" : "changed");
        return;
      }
    }
  }

  #settle(entry, body) {
    const standing = entry.kind === "undo" ? body.expected_id : body.decision_id;
    this.#remember(entry.key, standing, body.decision_id);
    this.store.remove(entry.key);
    this.failures = 0;
    this.wait = WAIT_FIRST;
    const stored = { key: entry.key, entry, standing, body };
    this.#tell("stored", false, stored);
    this.channel?.postMessage({ type: "stored", stored });
  }

  async #sendOne(entry, isAgain = false) {
    const body = new URLSearchParams(entry.fields);
    body.set("csrf", this.csrf);
    body.set("person", this.person);
    let path = entry.path;
    if (entry.kind === "undo") path = `/decisions/${this.#resolve(entry.of, "decision")}/undo`;
    else body.set("expected_id", this.#resolve(entry.expected, "standing") ?? "");
    this.store.set(entry.key, JSON.stringify({ ...entry, key: undefined, isSent: true }));
    let answer;
    try {
      answer = await fetch(path, {
        method: "POST",
        body,
        headers: { "hx-request": "true" },
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
    } catch {
      return { isStored: false, isFinal: false };
    }
    if (answer.status === 403 && !isAgain && (await this.#refresh())) {
      return this.#sendOne(entry, true);
    }
    return readAnswer(answer);
  }

  // After signing in again, pages sent before have an old token; the person must be the same.
  async #refresh() {
    try {
      const answer = await fetch(this.selfPath, { headers: { "hx-request": "true" } });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = made.querySelector("[data-person][data-csrf]");
      if (found?.dataset.person !== this.person) return false;
      this.csrf = found.dataset.csrf;
      return true;
    } catch {
      return false;
    }
  }

  #resolve(value, what) {
    if (typeof value !== "object" || value === null) return value;
    return this.#remembered()[value.after]?.[what] ?? null;
  }

  #remembered() {
    return JSON.parse(this.store.get(this.doneKey) ?? "{}");
  }

  #remember(key, standing, decision = standing) {
    const known = Object.entries({ ...this.#remembered(), [key]: { standing, decision } });
    this.store.set(this.doneKey, JSON.stringify(Object.fromEntries(known.slice(-REMEMBERED))));
  }

  #sendLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, WAIT_MOST);
  }

  #hear(message) {
    if (message.type === "stored") this.#tell("stored", false, message.stored);
    this.#look();
  }

  // What another tab has settled needs no choice here any more.
  #look() {
    if (this.stopped && this.store.get(this.stopped.key) === null) {
      this.stopped = null;
      this.send();
    }
    this.#tell("changed");
  }

  #tell(type, isToAll = false, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
    if (isToAll) this.channel?.postMessage({ type });
  }
}

async function readAnswer(answer) {
  const kind = answer.headers.get("content-type") ?? "";
  const isJson = kind.startsWith("application/json");
  let body = null;
  try {
    body = isJson ? await answer.json() : await answer.text();
  } catch {
    return { isStored: false, isFinal: false }; // cut off on the way
  }
  if (answer.ok && isJson && "decision_id" in body) return { isStored: true, body };
  // A page in place of an answer, where a form was sent: it asks to sign in.
  const status = answer.ok || answer.redirected ? 401 : answer.status;
  const isFinal = status < 500 && status !== 429 && status !== 408;
  return { isStored: false, isFinal, status, text: isJson ? body.error : body };
}

async function withLock(name, store, work) {
  if (navigator.locks) return navigator.locks.request(name, work);
  // Pages that came by plain http from another machine have no locks: a lease stands in.
  const mine = String(Math.random());
  const [owner, until] = (store.get(name) ?? "|0").split("|");
  if (owner !== mine && Number(until) > Date.now()) return undefined;
  const renew = () => store.set(name, `${mine}|${Date.now() + 2 * ANSWER_WITHIN}`);
  renew();
  try {
    return await work();
  } finally {
    store.remove(name);
  }
}

function chooseStore() {
  try {
    localStorage.setItem("litsweep.try", "1");
    localStorage.removeItem("litsweep.try");
    return {
      lasts: true,
      keys: () => Object.keys(localStorage),
      get: (key) => localStorage.getItem(key),
      set: (key, text) => localStorage.setItem(key, text),
      remove: (key) => localStorage.removeItem(key),
    };
  } catch {
    const kept = new Map();
    return {
      lasts: false,
      keys: () => [...kept.keys()],
      get: (key) => kept.get(key) ?? null,
      set: (key, text) => kept.set(key, text),
      remove: (key) => kept.delete(key),
    };
  }
}
