// On pages beside the application: before somebody leaves, what their phone still keeps is sent.
import { send } from "./work.js";
import * as vault from "./vault.js";

for (const form of document.querySelectorAll("form[action='/logout'], form[action='/account/sessions/end']")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await vault.known()) await send().catch(() => {});
    if ((await vault.waiting()).length) location.assign("/today#/me");
    else form.submit();
  });
}
