// A field for a key takes the key that is pressed in it; Tab and Enter stay the browser's.

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-key-field]");
  if (!field || event.ctrlKey || event.altKey || event.metaKey) return;
  if (["Tab", "Enter", "Escape", "Shift"].includes(event.key)) return;
  event.preventDefault();
  field.value = event.key.length === 1 ? event.key.toLowerCase() : event.key;
});
