// Deciding by keyboard: the next card at once, the decision on its way behind it.
//
// Without this script every form and link of the page does the same, one page after another.
import { Cards } from "./cards.js";
import { Outbox } from "./outbox.js";
import { Notices } from "./notices.js";
import { keepPlace, openFocusedText, showNextSource, watchSources, watchTexts } from "./sources.js";

const first = document.getElementById("card");
const { person, csrf, self } = first.dataset;
const outbox = new Outbox(person, csrf, self);
const cards = new Cards(first, listUnsent);
const notices = new Notices(outbox);
const standing = new Map(); // by record: what the next decision replaces, where it is known
const done = []; // what undo takes back, the newest last: {key} or {id}, record, what is shown

const strip = document.getElementById("last");
if (strip?.dataset.undo) {
  const isFirst = !strip.querySelector(".decision.unsure");
  const { undo: id, undoRecord: record } = strip.dataset;
  done.push({ id: Number(id), record, isFirst, strip: strip.firstElementChild });
}

function listUnsent() {
  const decided = outbox.list().filter((entry) => entry.kind === "decide");
  return new Set(decided.map((entry) => entry.record));
}

// --- deciding ----------------------------------------------------------------------------------

function decide(decision, reason = null) {
  const card = cards.current;
  const form = card.querySelector("form.deciding");
  if (!form) return;
  if (decision === "exclude" && reason === null && asksReason(card, form)) return;
  performance.mark("decided");
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrf");
  fields.push(reason === null ? ["decision", decision] : ["exclude_for", reason]);
  const { record } = card.dataset;
  const expected = standing.has(record) ? standing.get(record) : form.elements.expected_id.value;
  const isFirst = !expected && decision !== "unsure";
  const said = reason ?? form.elements.exclusion_reason?.value ?? "";
  const entry = { kind: "decide", path: form.getAttribute("action"), fields, record, expected };
  const title = titleOf(card);
  const key = outbox.add({ ...entry, isFirst, title });
  standing.set(record, { after: key });
  const last = { decision, reason: decision === "exclude" ? said : "", title, path: card.dataset.self };
  done.push({ key, record, isFirst, strip: notices.showLast(last) });
  notices.tell([decision, last.reason].filter(Boolean).join(": "));
  notices.count(isFirst ? 1 : 0);
  cards.goOn();
  requestAnimationFrame(() => performance.measure("next card", "decided"));
}

// Where a reason has to be given, the list of reasons is shown, and a number chooses from it.
function asksReason(card, form) {
  if (card.dataset.mustReason !== "yes") return false;
  const field = form.elements.exclusion_reason;
  if (field?.value.trim()) return false;
  const reasons = form.querySelector(".reasons");
  reasons.classList.add("asked");
  (field ?? reasons.querySelector("button")).focus();
  notices.say("A reason is asked for: choose one by its number.");
  return true;
}

function undo() {
  const last = done.pop();
  if (!last) {
    notices.say("There is nothing to take back.");
    return;
  }
  notices.count(last.isFirst ? -1 : 0);
  if (last.key && outbox.cancel(last.key)) standing.delete(last.record);
  else {
    const of = last.id ?? { after: last.key };
    const key = outbox.add({ kind: "undo", of, record: last.record, fields: [] });
    standing.set(last.record, { after: key });
  }
  notices.putLast(done.at(-1)?.strip);
  notices.tell("Taken back.");
  showAgain(last.record);
}

async function showAgain(record) {
  const kept = cards.seen.get(record);
  if (record === cards.current.dataset.record) return;
  cards.ahead = cards.ahead.filter((card) => card.dataset.record !== record);
  if (kept) {
    cards.interpose(kept);
    return;
  }
  try {
    await outbox.send();
    cards.interpose(await cards.fetchCard(pathOf(record)));
  } catch {
    notices.say("The card is shown once the connection is back.");
  }
}

function pathOf(record) {
  const address = new URL(cards.current.dataset.self, location.href);
  address.searchParams.set("record", record);
  return address.pathname + address.search;
}

function titleOf(card) {
  return card.querySelector("#card-title")?.textContent.trim() ?? "";
}

outbox.addEventListener("stored", (event) => {
  const { key, entry, standing: number, body } = event.detail;
  const known = standing.get(entry.record);
  if (known?.after === key) standing.set(entry.record, number);
  const mine = done.find((one) => one.key === key);
  if (mine) {
    mine.id = body.decision_id;
    delete mine.key;
  }
  if (entry.kind === "undo" && !done.length && body.next) {
    const { decision_id: id, record_id: record, ...said } = body.next;
    const isFirst = said.decision !== "unsure";
    const strip = notices.showLast({ ...said, path: pathOf(record) });
    done.push({ id, record: String(record), isFirst, strip });
  }
  if (cards.isWaiting) cards.fill();
});

// --- hands -------------------------------------------------------------------------------------

const keysDialog = document.getElementById("keys-dialog");
const actions = new Map();
for (const [action, key] of Object.entries(JSON.parse(keysDialog?.dataset.keys ?? "{}"))) {
  actions.set(key, action);
}

const doing = {
  include: () => decide("include"),
  exclude: () => decide("exclude"),
  unsure: () => decide("unsure"),
  undo,
  next: () => cards.current.dataset.record && cards.goOn(),
  previous: () => history.back(),
  source: () => showNextSource(cards.current),
  text: () => openFocusedText(cards.current),
  note: () => cards.current.querySelector("#note")?.focus(),
  labels: () => cards.current.querySelector(".labels input")?.focus(),
  more: () => fold(cards.current.querySelector("details.more")),
  help: () => (keysDialog.open ? keysDialog.close() : keysDialog.showModal()),
};

function fold(details) {
  if (!details) return;
  details.open = !details.open;
  details.querySelector("summary").focus();
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.isComposing) return;
  const field = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (field) {
    leaveField(event, field);
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = key === "?" ? "help" : actions.get(key);
  if (document.querySelector("dialog[open]") && action !== "help") return;
  const chosen = /^[1-9]$/.test(key) && cards.current.querySelector(`[data-digit="${key}"]`);
  if (!action && !chosen) return;
  event.preventDefault();
  if (event.repeat && action !== "next" && action !== "source") return; // a key that is held down
  if (chosen) decide("exclude", chosen.value);
  else doing[action]();
}

// In a field no key decides; Escape leaves it, and Enter after a reason excludes for it.
function leaveField(event, field) {
  if (event.key === "Escape") field.blur();
  else if (event.key === "Enter" && field.name === "exclusion_reason") {
    event.preventDefault();
    decide("exclude");
  } else return;
  cards.current.focus({ preventScroll: true });
}

document.addEventListener("keydown", pressed);
document.addEventListener("submit", (event) => {
  const { submitter, target } = event;
  if (target.matches("form.deciding")) {
    event.preventDefault();
    if (submitter?.name === "exclude_for") decide("exclude", submitter.value);
    else if (submitter?.value) decide(submitter.value);
  } else if (submitter?.dataset.action === "undo") {
    event.preventDefault();
    undo();
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-action]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.action === "help" && !keysDialog) return;
  event.preventDefault();
  doing[link.dataset.action]();
});
cards.addEventListener("shown", () => notices.show());

watchSources(document);
watchTexts(document);
keepPlace();
if (listUnsent().has(first.dataset.record)) cards.goOn();
else cards.fill();
outbox.send();
notices.show();
document.documentElement.dataset.ready = "yes";
