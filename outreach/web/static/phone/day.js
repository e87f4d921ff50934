// Today: calls and rounds as cards, what was promised first, what waits for a network; a round by its buildings and floors.
import { day, time } from "./clock.js";
import { button, h, icon, more, say, show } from "./dom.js";
import { contact, contacts, dismiss, record, state } from "./work.js";

const open = (one) => !state.said[one.contact_id] && one.state !== "done";

export function dayView() {
  const now = state.day;
  if (!now) {
    show({ title: say("today"), main: [h("div", { class: "empty" }, icon(state.online ? "clock" : "wifi-off"), h("p", { class: "empty-title" }, state.online ? say("loading") : say("no_day")))] });
    return;
  }
  const shifts = now.shifts.filter((shift) => shift.total || shift.calls.length || shift.stops.length);
  const next = shifts.find((shift) => [...of(shift)].some(open)) ?? shifts[0];
  show({
    title: `${say("today")} · ${day(now.day)}`,
    main: [
      ...state.problems.map(problem),
      ...promised().map(promisedCard),
      ...shifts.map(shiftCard),
      !shifts.length && h("div", { class: "empty" }, icon("calendar"), h("p", { class: "empty-title" }, say("no_work")), h("p", {}, say("no_work_words"))),
      now.left_out.length > 0 && more(say("left_out", { count: now.left_out.reduce((sum, one) => sum + one.count, 0) }), h("ul", {}, now.left_out.map((one) => h("li", {}, `${one.count} · ${one.label}`)))),
    ],
    thumb: next ? [h("a", { class: "button primary", href: next.kind === "call" ? `#/call/${next.shift_id}` : `#/shift/${next.shift_id}` }, icon(next.kind === "call" ? "phone" : "footprints"), h("span", {}, next.kind === "call" ? say("next_call") : say("open_round")))] : [],
  });
}

function* of(shift) {
  yield* shift.calls;
  for (const stop of shift.stops) for (const floor of stop.floors) yield* floor.doors;
}

function promised() {
  return [...contacts()].filter((one) => one.promised && open(one));
}

function promisedCard(one) {
  return h("a", { class: "entry", href: `#/contact/${one.contact_id}` }, icon("clock"), h("span", { class: "entry-words" },
    h("strong", {}, `${time(one.promised.starts_at ?? one.due_at)} · ${one.name}`),
    h("span", { class: "quiet" }, [one.language.name, one.promised.note && `« ${one.promised.note} »`].filter(Boolean).join(" · ") || say("promised_call"))), icon("chevron-right"));
}

function shiftCard(shift) {
  const all = [...of(shift)];
  const done = shift.done + all.filter((one) => one.state !== "done" && state.said[one.contact_id]).length;
  const call = shift.kind === "call";
  return h("a", { class: "entry", href: `#/shift/${shift.shift_id}` }, icon(call ? "phone" : "footprints"), h("span", { class: "entry-words" },
    h("strong", {}, call ? say("calls_done", { done, total: shift.total }) : say("doors_done", { done, total: shift.total })),
    h("span", { class: "quiet" }, `${time(shift.starts_at)} – ${time(shift.ends_at)} · ${shift.site.name}`)), icon("chevron-right"));
}

function problem(one) {
  const about = one.contact && contact(one.contact);
  return h("div", { class: "notice warn", role: "status" }, icon("alert-triangle"),
    h("p", {}, about ? `${about.name} : ` : "", one.conflict ? say("conflict") : `${one.reason}. ${one.mend}`, one.conflict && h("a", { href: "/conflicts" }, ` ${say("look")}`)),
    button(say("seen"), () => dismiss(one.fact), { kind: "link" }));
}

export function shiftView(number) {
  const shift = state.day?.shifts.find((one) => one.shift_id === number);
  if (!shift) { location.hash = "#/"; return; }
  if (shift.kind === "call") callsView(shift);
  else roundView(shift);
}

function callsView(shift) {
  show({
    title: say("calls"), back: "#/", main: shift.calls.length ? shift.calls.map(row) : [h("div", { class: "empty" }, icon("phone"), h("p", { class: "empty-title" }, say("no_more_calls")))],
    thumb: [h("a", { class: "button primary", href: `#/call/${shift.shift_id}` }, icon("phone"), h("span", {}, say("next_call")))],
  });
}

function row(one) {
  const said = state.said[one.contact_id];
  return h("a", { class: "entry", href: `#/contact/${one.contact_id}` },
    icon(said || one.state === "done" ? "check-circle" : one.promised ? "clock" : "circle"),
    h("span", { class: "entry-words" }, h("strong", {}, one.name), h("span", { class: "quiet" }, said ? said.label : [time(one.due_at), one.language.name, ...(one.channel === "visit" ? [one.door.care_of, one.door.door && say("door", { name: one.door.door })] : [])].filter(Boolean).join(" · "))), icon("chevron-right"));
}

function roundView(shift) {
  show({
    title: say("round"), back: "#/",
    main: [mapStrip(shift), ...shift.stops.map((stop, at) => building(stop, at, shift))],
  });
}

function building(stop, at, shift) {
  const doors = stop.floors.flatMap((floor) => floor.doors);
  const left = doors.filter(open);
  const nobody = (code, label) => async () => {
    await record("doors", {}, { code, contacts: left.map((one) => one.contact_id) }, label);
    roundView(shift);
  };
  return h("section", { class: "card building" },
    h("h2", {}, `${at + 1}. ${stop.address}`),
    h("p", { class: "quiet" }, [stop.city, ...stop.access].join(" · ")),
    stop.floors.map((floor) => h("div", { class: "floor" }, h("h3", {}, floor.floor ? say("floor", { name: floor.floor }) : say("floor_unknown")), floor.doors.map(row))),
    left.length > 0 && h("div", { class: "acts" },
      left.length > 1 && button(say("all_absent", { count: left.length }), nobody("not_home", say("absent"))),
      button(say("closed"), nobody("no_access", say("closed_said")))));
}

// A strip that opens: where the next buildings are. Our own drawing, without tiles: it works without a network.
function mapStrip(shift) {
  const places = shift.stops.filter((stop) => stop.lon !== null);
  if (!places.length) return null;
  const place = h("div", { class: "map", id: "map" });
  const strip = h("details", { class: "more" }, h("summary", {}, icon("map"), " ", say("map")), place);
  strip.addEventListener("toggle", async () => {
    if (strip.open && !place.dataset.drawn) {
      place.dataset.drawn = "yes";
      const { draw } = await import("./map.js");
      await draw(place, shift, places);
    }
  });
  return strip;
}
