// What a machine's sentence comes from: shown on hover, on focus, and by a key, one after another.
// Passages of a full text open over the page. Without this script, the links lead there.

const QUIET = { block: "nearest" };

export function watchSources(root) {
  for (const name of ["mouseover", "focusin"]) {
    root.addEventListener(name, (event) => {
      const link = event.target.closest?.("a.to-source");
      if (link) light(link);
    });
  }
  for (const name of ["mouseout", "focusout"]) {
    root.addEventListener(name, (event) => {
      if (event.target.closest?.("a.to-source")) darken();
    });
  }
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.to-source");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.focus();
    light(link, { scrolls: true });
  });
}

// Goes on to the next sentence with a source, or to the next passage of an analysis.
export function showNextSource(card) {
  const links = [...card.querySelectorAll("a.to-source, a.to-text[data-finding]")].filter(
    (link) => link.checkVisibility?.() ?? true,
  );
  if (!links.length) return;
  const next = links[(links.indexOf(document.activeElement) + 1) % links.length];
  next.focus({ preventScroll: true });
  next.scrollIntoView(QUIET);
  if (next.matches(".to-source")) light(next, { scrolls: true });
}

function light(link, { scrolls = false } = {}) {
  darken();
  link.classList.add("lit");
  const wanted = link.dataset.to;
  const found = [...document.querySelectorAll(".src[data-src]")].filter((one) =>
    one.dataset.src.trim().split(" ").includes(wanted),
  );
  for (const one of found) one.classList.add("lit");
  if (scrolls) found[0]?.scrollIntoView(QUIET);
}

function darken() {
  for (const one of document.querySelectorAll(".lit")) one.classList.remove("lit");
}

export function watchTexts(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.to-text[data-finding]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openText(link);
  });
  root.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-close]")) event.target.closest("dialog")?.close();
  });
}

// Opens the passage that is in focus, else the first one; the whole text where none is quoted.
export function openFocusedText(card) {
  const focused = document.activeElement;
  const row = focused?.closest?.("tr");
  const link =
    (focused?.matches?.("a.to-text") && focused) ||
    row?.querySelector("a.to-text") ||
    card.querySelector("a.to-text[data-finding]") ||
    card.querySelector("a.to-text, .more a[href$='/text']");
  if (!link) return;
  if (link.dataset.finding) openText(link);
  else location.assign(link.href);
}

async function openText(link) {
  const dialog = document.getElementById("text-dialog");
  const address = new URL(link.href);
  address.searchParams.set("finding", link.dataset.finding);
  address.hash = "";
  let answer;
  try {
    answer = await fetch(address, { headers: { "hx-request": "true" } });
  } catch {
    answer = null;
  }
  if (!answer?.ok) {
    location.assign(link.href);
    return;
  }
  dialog.innerHTML = await answer.text();
  dialog.showModal();
  const passage = dialog.querySelector(`[id="f${CSS.escape(link.dataset.finding)}"]`);
  passage?.classList.add("lit");
  passage?.scrollIntoView({ block: "center" });
  dialog.addEventListener("close", () => link.focus(), { once: true });
}

// A form that is replaced takes the keyboard's place with it: what came in its stead gets it.
export function keepPlace() {
  let place = "";
  document.addEventListener("submit", (event) => {
    place = event.target.closest?.(".judging, .rereading")?.id ?? "";
  });
  document.addEventListener("htmx:after:swap", () => {
    const came = document.getElementById(place);
    if (!came || (document.activeElement && document.activeElement !== document.body)) return;
    (came.querySelector("button, summary") ?? came).focus({ preventScroll: true });
  });
}
