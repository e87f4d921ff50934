// One contact, a call or a door: who, what was before, what to say first, what came of it.
import { day, moment, time, tomorrow } from "./clock.js";
import { button, card, field, h, hidden, icon, more, pill, rings, say, show, spoken, tongue } from "./dom.js";
import { mediationForm } from "./form.js";
import { contact, giveBack, nextCall, post, record, state, takeBack } from "./work.js";

export function contactView(number, { back = "#/", then = null } = {}) {
  const one = contact(number);
  if (!one) { location.hash = "#/"; return; }
  const said = state.said[number];
  const visit = one.channel === "visit";
  show({
    title: one.name,
    back,
    main: [
      h("p", { class: "quiet" }, [speaks(one), home(one), visit ? where(one.door) : null].filter(Boolean).join(" · ")),
      one.promised && h("p", {}, pill(say("promised", { when: time(one.promised.starts_at ?? one.promised.at ?? one.due_at) }), "info", "clock"), one.promised.note ? ` « ${one.promised.note} »` : ""),
      past(one),
      more(say("why"), h("p", {}, one.why || say("no_why")), hidden(say("segment"), one.segment)),
      one.amount_due !== null && hidden(say("amount"), `${one.amount_due.replace(".", ",")} €`),
      first(one),
      script(one),
      said ? saidCard(one, said) : results(one, then),
      !said && others(one, then),
    ],
    thumb: said ? [then ? button(then.words, then.go, { kind: "primary", sign: "arrow-right" }) : null]
      : visit ? atTheDoor(one, then) : [callLink(one)],
  });
}

function speaks(one) {
  const name = one.language.name ?? say("unknown_language");
  return one.language.reads_french === false ? `${name}, ${say("reads_little")}` : name;
}
function home(one) {
  const { adults, children } = one.household;
  if (adults + children < 2) return null;
  return [adults && say("adults", { count: adults }), children && say("children", { count: children })].filter(Boolean).join(", ");
}
function where(door) {
  return [door.care_of, door.residence, door.building_name, door.staircase && say("staircase", { name: door.staircase }), door.floor && say("floor", { name: door.floor }), door.door && say("door", { name: door.door })].filter(Boolean).join(", ");
}

function past(one) {
  if (!one.past.length && !one.notes.length) return null;
  return card(say("before"),
    h("ul", { class: "plain-list" }, one.past.slice(0, 4).map((was) => h("li", {}, icon({ letter: "mail", sms: "message-square", call: "phone", visit: "footprints" }[was.channel] ?? "circle"), ` ${day(was.at)} · ${was.label}`, was.result ? ` · ${was.result}` : ""))),
    one.notes.map((note) => hidden(say("colleague", { name: note.by }), note.words)));
}

function first(one) {
  return card(say("first"), spoken(`« ${one.opening_words} »`, "fr"));
}

// Questions one after the other: an answer leads to a later one, never back.
function script(one) {
  const codes = Object.keys(one.scripts);
  if (!codes.length) return null;
  const place = h("div", { class: "stack" });
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  let code = codes[0];
  function ask(at) {
    const said = one.scripts[code];
    const question = said.questions[at];
    const words = at < 0 ? said.opening : question.ask;
    const then = at < 0 ? (said.questions.length ? 0 : null) : question.then;
    const answers = at < 0 ? [] : question.answers;
    place.replaceChildren(
      spoken(words, code),
      h("div", { class: "acts" },
        answers.length ? answers.map((answer) => button(answer.say, () => (answer.then === null || answer.then === undefined ? end() : ask(answer.then)), tongue(code)))
          : then !== null && then !== undefined ? button(say("further"), () => ask(then), { sign: "chevron-right" }) : h("p", { class: "quiet" }, say("script_end"))));
  }
  function end() {
    place.replaceChildren(h("p", { class: "quiet" }, say("script_end")));
  }
  // The words of the notice that is left, or of the message on a voice mail.
  const nobody = h("div", {});
  function speak(other) {
    code = other;
    ask(-1);
    const words = one.scripts[code].if_nobody;
    nobody.replaceChildren(...(words ? [more(say("if_nobody"), spoken(words, code))] : []));
  }
  speak(code);
  return card(say("script"),
    codes.length > 1 && h("div", { class: "acts" }, codes.map((other) => button(other === "fr-easy" ? say("easy_french") : names.of(other), () => speak(other), { kind: "link" }))),
    place, nobody);
}

// What a hand in a stairwell does most, under its thumb.
function atTheDoor(one, then) {
  const all = resultsOf(one);
  const [absent, mediated] = ["not_home", "mediated"].map((code) => all.find((row) => row.code === code));
  const place = document.createElement("div");
  return [button(say("absent"), () => chosen(one, absent, place, then)), button(say("mediation_short"), () => chosen(one, mediated, place, then), { kind: "primary", sign: "heart-handshake" })];
}

function callLink(one) {
  if (!one.phone) return null;
  return h("a", { class: "button primary", href: `tel:${one.phone}` }, icon("phone"), h("span", {}, say("call", { phone: one.phone_written })));
}

function resultsOf(one) {
  const all = state.day.vocabulary;
  const own = all.campaigns[one.campaign_id]?.results[one.channel] ?? [];
  return [...all.results[one.channel], ...own];
}

const FIRST = { call: ["mediated", "no_answer", "voicemail", "call_back", "refused"], visit: ["mediated", "not_home", "call_back", "refused"] };

function results(one, then) {
  const all = resultsOf(one);
  const main = FIRST[one.channel].map((code) => all.find((row) => row.code === code)).filter(Boolean);
  const rest = all.filter((row) => !main.includes(row));
  const place = h("div", { class: "stack" });
  const tap = (row) => button(row.label, () => chosen(one, row, place, then));
  return card(say("result"), h("div", { class: "acts" }, main.map(tap)), more(say("others"), h("div", { class: "acts" }, rest.map(tap))), place);
}

async function chosen(one, row, place, then) {
  if (row.needs_mediation) {
    mediationView(one, then);
  } else if (row.code === "call_back" || row.asks_language) {
    place.replaceChildren(row.asks_language ? languageForm(one, row, then) : promiseForm(one, row, then));
    place.scrollIntoView({ block: "nearest" });
  } else {
    await record("result", one, { code: row.code }, row.label);
    after(one, then);
  }
}

function after(one, then) {
  contactView(one.contact_id, { back: document.querySelector("#back a")?.getAttribute("href") ?? "#/", then });
}

function mediationView(one, then) {
  const form = mediationForm(one, async (mediation) => {
    await record("result", one, { code: "mediated", mediation }, resultsOf(one).find((row) => row.code === "mediated").label);
    contactView(one.contact_id, { then });
  });
  form.id = "mediation";
  show({
    title: say("mediation"), back: `#/contact/${one.contact_id}`, main: [h("p", { class: "quiet" }, one.name), form],
    thumb: [h("button", { class: "button primary", form: "mediation" }, icon("check"), h("span", {}, say("save")))],
  });
}

function promiseForm(one, row, then) {
  const moments = [[say("in_an_hour"), 60], [say("in_two_hours"), 120]].map(([label, minutes]) => [label, new Date(Date.now() + minutes * 60_000)]);
  moments.push([say("tomorrow_morning"), tomorrow("10:30")], [say("tomorrow_evening"), tomorrow("17:30")]);
  const note = field("note", say("word_for_colleague"), { maxlength: 300, autocomplete: "off" });
  const own = field("at", say("other_time"), { type: "datetime-local" });
  const promised = async (at) => {
    await record("result", one, { code: row.code, again_at: at.toISOString(), note: note.querySelector("input").value || null }, `${row.label} · ${day(at)} ${time(at)}`);
    after(one, then);
  };
  return h("div", { class: "card" }, note,
    h("div", { class: "acts" }, moments.map(([label, at]) => button(label, () => promised(at)))), own,
    button(say("promise"), () => { const at = own.querySelector("input").value; if (at) promised(moment(at)); }, { sign: "check" }));
}

// Who does not speak it may still have recognised it: whoever calls next shall.
const COMMON = 8;
function languageForm(one, row, then) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  const said = async (code) => {
    await record("result", one, { code: row.code, ...(code ? { language: code } : {}) }, code ? `${row.label} · ${names.of(code)}` : row.label);
    after(one, then);
  };
  const tap = (code) => button(names.of(code), () => said(code));
  const codes = state.day.vocabulary.tongues;
  return h("div", { class: "card" }, h("p", {}, say("which_language")),
    h("div", { class: "acts" }, codes.slice(0, COMMON).map(tap)), more(say("others"), h("div", { class: "acts" }, codes.slice(COMMON).map(tap))),
    button(say("language_not_known"), () => said(null), { kind: "link" }));
}

function saidCard(one, said) {
  const unsent = state.waiting.some((waiting) => waiting.fact.id === said.fact);
  return h("div", { class: "notice good", role: "status" }, icon("check-circle"), h("p", {}, `${said.label} · ${unsent ? say("kept_here") : say("sent")}`),
    said.code !== "objection" && button(say("undo"), async () => { await takeBack(one.contact_id); contactView(one.contact_id); }, { kind: "link", sign: "undo" }));
}

function others(one, then) {
  const visit = one.channel === "visit";
  return [
    visit && more(say("neighbour"), h("p", {}, say("neighbour_words")), button(say("neighbour_record"), () => neighbourView(one), { sign: "user" })),
    !visit && more(say("skip"), h("div", { class: "acts" }, state.day.vocabulary.skips.map((why) => button(why.label, async () => {
      const said = why.code === "other" ? prompt(say("skip_why")) : null;
      if (why.code === "other" && !said) return;
      await record("skip", one, { reason: why.code, words: said }, `${say("skipped")} · ${why.label}`);
      after(one, then);
    })))),
    // Held for this hand alone: whoever stops early leaves it to the others.
    state.online && state.call?.contact_id === one.contact_id && button(say("give_back"), () => giveBack(one).then(() => { location.hash = "#/"; }, refused), { sign: "undo" }),
    // Without a provider that rings, the number under the thumb is dialled by the phone itself.
    !visit && one.phone && rings && more(say("ring"), h("p", {}, say("ring_words")), button(say("ring_now"), async ({ currentTarget }) => {
      currentTarget.disabled = true;
      await post("/phone/ring", { contact: one.contact_id }).then(() => alertLine(say("ringing")), (error) => { currentTarget.disabled = false; refused(error); });
    }, { sign: "phone" })),
    more(say("objection"), h("p", {}, say("objection_words")), button(say("objection_record"), async () => {
      await record("objection", one, { source: one.channel }, say("objection_kept"));
      after(one, then);
    }, { kind: "danger", sign: "ban" })),
  ];
}

function alertLine(text) {
  document.getElementById("sync").textContent = text;
}
function refused(error) {
  alertLine(error.told?.error ?? say("no_network"));
}

function neighbourView(one) {
  const form = mediationForm({ campaign_id: one.campaign_id }, async (mediation) => {
    await record("neighbour", { contact_id: one.contact_id, version: one.version }, { mediation: { ...mediation, anonymous: 1 } });
    contactView(one.contact_id);
  });
  form.id = "mediation";
  show({ title: say("neighbour"), back: `#/contact/${one.contact_id}`, main: [form], thumb: [h("button", { class: "button primary", form: "mediation" }, icon("check"), h("span", {}, say("save")))] });
}

export async function callView(shift) {
  const work = state.day.shifts.find((one) => one.shift_id === shift);
  if (!work) { location.hash = "#/"; return; }
  let one = null;
  try {
    one = await nextCall(work);
  } catch (error) {
    alertLine(error.told?.error ?? error.message);
  }
  if (!one) {
    show({ title: say("calls"), back: "#/", main: [h("div", { class: "empty" }, icon("check-circle"), h("p", { class: "empty-title" }, say("no_more_calls")))] });
    return;
  }
  contactView(one.contact_id, { then: { words: say("next_call"), go: () => callView(shift) } });
}
