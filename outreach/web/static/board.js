// Drags a call or a door from the opened shift onto another one of the board. It only fills in the form that everybody has,
// and sends it: the rules are asked by the server, the same for all. Without a mouse, or this script, the form does it.
const form = document.getElementById("board-move");
if (form) {
  const select = form.elements.namedItem("shift");
  const slots = [...document.querySelectorAll(".board [data-shift]")].filter(
    (slot) => slot.dataset.kind === form.dataset.kind && select && [...select.options].some((option) => option.value === slot.dataset.shift),
  );
  let dragged = null;

  const show = (on) => { for (const slot of slots) slot.classList.toggle("can-drop", on); };

  for (const item of select ? form.querySelectorAll("li[data-contact]") : []) {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      item.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", item.dataset.contact);
      show(true);
    });
    item.addEventListener("dragend", () => {
      dragged = null;
      item.classList.remove("is-dragged");
      show(false);
    });
    // A link inside would be dragged alone.
    for (const link of item.querySelectorAll("a")) link.draggable = false;
  }

  for (const slot of slots) {
    slot.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      slot.classList.add("is-over");
    });
    slot.addEventListener("dragleave", () => slot.classList.remove("is-over"));
    slot.addEventListener("drop", (event) => {
      event.preventDefault();
      slot.classList.remove("is-over");
      if (!dragged) return;
      dragged.querySelector("input[name=contact]").checked = true;
      select.value = slot.dataset.shift;
      form.requestSubmit();
    });
  }
}
