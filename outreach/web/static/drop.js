// Lets a file be dropped anywhere on its form, which is then sent where its field says so; the form itself works without this.
// A file that misses the form is not opened in place of the page: what was filled in would be lost.
for (const name of ["dragover", "drop"]) {
  addEventListener(name, (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
}
for (const input of document.querySelectorAll("input[type=file][data-drop]")) {
  const form = input.form;
  const mark = (over) => form.classList.toggle("is-over", over);
  form.addEventListener("dragover", (event) => { event.preventDefault(); mark(true); });
  // Moving onto a part of the form is not leaving it.
  form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) mark(false); });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    const files = event.dataTransfer.files;
    if (!files.length) return;
    input.files = input.multiple ? files : first(files);
    if (input.dataset.drop === "send") form.requestSubmit();
  });
}

function first(files) {
  const one = new DataTransfer();
  one.items.add(files[0]);
  return one.files;
}
