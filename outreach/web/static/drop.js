// Lets a file be dropped anywhere on its form; the form itself works without this.
for (const input of document.querySelectorAll("input[type=file][data-drop]")) {
  const form = input.form;
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("is-over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.classList.remove("is-over"); });
  }
  form.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}
