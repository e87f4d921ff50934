// The work of the day on this phone: what was read, what was recorded, what is still to be sent; each fact is told until it is answered.
import * as vault from "./vault.js";

export const state = { day: null, said: {}, waiting: [], problems: [], online: navigator.onLine, signedOut: false, other: false, trouble: false };
const MOST = 100;
const AGAIN_MS = 5_000;
const listeners = new Set();
let sending = null;
let dropping = null;

export function onchange(listener) {
  listeners.add(listener);
}
function changed() {
  for (const listener of listeners) listener();
}

// UUID version 7 (RFC 9562): by the clock, so that facts lie in the order in which they were made.
function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let now = Date.now();
  for (let at = 5; at >= 0; at--) { bytes[at] = now % 256; now = Math.floor(now / 256); }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export async function begin() {
  const known = await vault.known();
  if (known && known.until < new Date()) await vault.forgetDay();
  else if (known) await restore();
  changed();
  await refresh();
}

async function restore() {
  state.day = await vault.read("day");
  state.said = (await vault.read("said")) ?? {};
  state.problems = (await vault.read("problems")) ?? [];
  state.waiting = await vault.waiting();
}

export async function post(path, body) {
  return answer(await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) }));
}
async function answer(response) {
  if (response.status === 401) { state.signedOut = true; changed(); throw new Error("signed out"); }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(told.error ?? ""), { told });
  return told;
}

// Sends what waits, then reads the day anew; without a network everything stays as it is.
export async function refresh() {
  try {
    await send();
    const day = await answer(await fetch("/phone/day", { headers: { Accept: "application/json" } }));
    state.online = true;
    state.signedOut = false;
    state.other = !(await vault.open(day.owner, new Date(Date.now() + day.keep_seconds * 1000)));
    if (state.other) return;
    await restoreOwn(day);
  } catch (error) {
    if (error instanceof TypeError) state.online = false;
    else if (!state.signedOut) state.trouble = true;
  } finally {
    changed();
  }
}

async function restoreOwn(day) {
  if (state.day && state.day.day !== day.day) state.said = {};
  state.day = day;
  state.trouble = false;
  state.waiting = await vault.waiting();
  await vault.keep("day", day);
  await vault.keep("said", state.said);
}

export function* contacts() {
  for (const shift of state.day?.shifts ?? []) {
    yield* shift.calls;
    for (const stop of shift.stops) for (const floor of stop.floors) yield* floor.doors;
  }
  if (state.call) yield state.call;
}

export function contact(number) {
  return [...contacts()].find((one) => one.contact_id === number) ?? null;
}

// Writes a fact down, sealed, before anything else; then tries to send it.
export async function record(kind, about, payload, label = null) {
  const fact = {
    id: uuid7(), kind, contact_id: about.contact_id ?? null, case_id: about.contact_id ? null : about.case_id ?? null,
    base_version: about.version ?? null, at_device: new Date().toISOString(), payload,
  };
  await vault.add(fact);
  state.waiting = await vault.waiting();
  const marks = kind === "doors" ? payload.contacts : about.contact_id ? [about.contact_id] : [];
  if (label) for (const number of marks) state.said[number] = { code: payload.code ?? kind, label, fact: fact.id, at: fact.at_device };
  await vault.keep("said", state.said);
  changed();
  send().catch(() => {});
  return fact;
}

// Takes one's own word back: not sent yet, it never was; sent, the server is told.
export async function takeBack(number) {
  const said = state.said[number];
  if (!said) return;
  const unsent = state.waiting.find((one) => one.fact.id === said.fact);
  if (unsent && !sending) {
    dropping = vault.drop([unsent.seq]).finally(() => { dropping = null; });
    await dropping;
  } else {
    await vault.add({ id: uuid7(), kind: "undo", at_device: new Date().toISOString(), payload: { fact: said.fact } });
  }
  for (const [about, other] of Object.entries(state.said)) if (other.fact === said.fact) delete state.said[about];
  state.waiting = await vault.waiting();
  await vault.keep("said", state.said);
  changed();
  send().catch(() => {});
}

export function send() {
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function sendAll() {
  for (;;) {
    // What is taken back is not read before it is gone: it would be on its way, and forgotten here.
    await dropping;
    const waiting = (await vault.waiting()).slice(0, MOST);
    if (!waiting.length || !navigator.onLine) return;
    const told = await post("/phone/facts", { owner: vault.whose(), facts: waiting.map(({ seq, fact }) => ({ ...fact, seq })) })
      .catch((error) => {
        if (error instanceof TypeError) state.online = false;
        else if (error.told?.other) state.other = true;
        changed();
        throw error;
      });
    state.online = true;
    await heed(waiting, told.answers);
  }
}

async function heed(waiting, answers) {
  const done = [];
  for (const [at, told] of answers.entries()) {
    const { seq, fact } = waiting[at];
    done.push(seq);
    const about = fact.contact_id && contact(fact.contact_id);
    if (about && told.version) about.version = told.version;
    if (told.status === "refused") {
      state.problems.push({ fact: fact.id, contact: fact.contact_id, reason: told.reason, mend: told.mend ?? "" });
      for (const [number, said] of Object.entries(state.said)) if (said.fact === fact.id) delete state.said[number];
    } else if (told.status === "conflict") {
      state.problems.push({ fact: fact.id, contact: fact.contact_id, conflict: true });
    } else if (told.remark) {
      state.problems.push({ fact: fact.id, contact: fact.contact_id, reason: told.remark, mend: "" });
    }
  }
  await vault.drop(done);
  state.waiting = await vault.waiting();
  await vault.keep("problems", state.problems);
  await vault.keep("said", state.said);
  if (state.day) await vault.keep("day", state.day);
  changed();
}

export async function dismiss(fact) {
  state.problems = state.problems.filter((one) => one.fact !== fact);
  await vault.keep("problems", state.problems);
  changed();
}

// What was said of the last call is told first: until then the server keeps that one for this hand.
export async function nextCall(shift) {
  if (navigator.onLine) {
    try {
      await send().catch(() => {});
      const { call } = await post("/phone/next", { shift: shift.shift_id });
      state.call = call?.card ?? null;
      return takenUpAgain(state.call);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      state.online = false;
    }
  }
  const left = shift.calls.filter((one) => one.state === "planned");
  return left.find((one) => !state.said[one.contact_id]) ?? takenUpAgain(left.find((one) => putAside(one)) ?? null);
}

// A call that was put aside comes back at the end, and waits for its result like any other.
function putAside(one) {
  return state.said[one.contact_id]?.code === "skip";
}
function takenUpAgain(one) {
  if (one && putAside(one)) delete state.said[one.contact_id];
  return one;
}

export async function giveBack(one) {
  await post("/phone/release", { contact: one.contact_id });
  state.call = null;
}

addEventListener("online", () => { state.online = true; refresh(); });
addEventListener("offline", () => { state.online = false; changed(); });
addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") refresh(); });
setInterval(() => { if (state.waiting.length) send().catch(() => {}); }, 30_000);

// Bound to a network that leads nowhere, a phone calls itself online all the time: no event says when the server is there again.
// It is asked for nothing: whatever it answers, it is there.
let asking = false;
setInterval(async () => {
  if (state.online || asking || !navigator.onLine || document.visibilityState !== "visible") return;
  asking = true;
  try {
    await fetch("/service-worker.js", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(AGAIN_MS) });
    await refresh();
  } catch { /* Not yet. */ } finally {
    asking = false;
  }
}, AGAIN_MS);
