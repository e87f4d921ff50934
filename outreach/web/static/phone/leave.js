// Leaving: what is not sent yet is sent first; then the phone forgets everything.
import { button, card, h, say, show } from "./dom.js";
import { send, state } from "./work.js";
import * as vault from "./vault.js";

export function meView() {
  const form = h("form", { method: "post", action: "/logout", id: "leave" });
  form.addEventListener("submit", (event) => { event.preventDefault(); leave(form); });
  show({
    title: say("account"), back: "#/",
    main: [card(state.day?.name ?? say("account"), h("p", { class: "quiet" }, say("sealed"))), h("p", {}, h("a", { href: "/account" }, say("security"))), h("p", {}, h("a", { href: "/replies" }, say("replies"))), form],
    thumb: [button(say("leave"), () => form.requestSubmit(), { sign: "log-out" })],
  });
}

export async function leave(form) {
  await send().catch(() => {});
  const count = (await vault.waiting()).length;
  if (count) {
    document.getElementById("sync").textContent = say("not_sent_yet", { count });
    return;
  }
  await vault.wipe();
  form.submit();
}
