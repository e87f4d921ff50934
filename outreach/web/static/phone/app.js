// Where one is, by the part of the address that never leaves the phone; and the quiet line about the network.
import { icon, h, say } from "./dom.js";
import { callView, contactView } from "./contact.js";
import { dayView, shiftView } from "./day.js";
import { deskView } from "./desk.js";
import { meView } from "./leave.js";
import { begin, onchange, state } from "./work.js";

const WAYS = [
  [/^#\/call\/(\d+)$/, (shift) => callView(Number(shift))],
  [/^#\/shift\/(\d+)$/, (shift) => shiftView(Number(shift))],
  [/^#\/contact\/(\d+)$/, (number) => contactView(Number(number))],
  [/^#\/desk$/, () => deskView()],
  [/^#\/me$/, () => meView()],
];

function go() {
  const [way, view] = WAYS.find(([pattern]) => pattern.test(location.hash)) ?? [null, null];
  if (way && (state.day || location.hash === "#/me")) view(...location.hash.match(way).slice(1));
  else dayView();
  for (const link of document.querySelectorAll(".tabs a")) {
    const here = link.hash && (location.hash || "#/") === link.hash;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function network() {
  const place = document.getElementById("sync");
  const count = state.waiting.length;
  const words = state.signedOut ? h("a", { href: "/login?next=/today" }, say("sign_in_again")) : state.other ? say("other_owner")
    : !state.online ? (count ? say("offline_kept", { count }) : say("offline")) : count ? say("to_send", { count }) : state.trouble ? say("trouble") : "";
  const sign = !state.online ? "wifi-off" : count ? "refresh" : null;
  place.replaceChildren(...[words && sign && icon(sign), words && " ", words].filter(Boolean));
}

let shown = null;
onchange(() => {
  network();
  // The first day that arrives, or a new one, is shown; somebody's half-filled form is not taken from under their thumb.
  if (state.day && shown !== state.day.day) { shown = state.day.day; go(); }
  else if (!location.hash || location.hash === "#/") dayView();
});
addEventListener("hashchange", go);

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => {});
navigator.storage?.persist?.();
go();
begin();
