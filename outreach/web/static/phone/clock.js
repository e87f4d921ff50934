// Hours and days as clocks show them where the mediator works, whatever this phone is set to: the zone's name comes with the day.
import { language } from "./dom.js";
import { state } from "./work.js";

const TONGUE = language === "en" ? "en-GB" : "fr-FR";
const DAY_MS = 24 * 3_600_000;

// A day that was kept before zones came with it is one of before.
function zone() {
  return state.day?.zone ?? "Europe/Paris";
}

export function time(written) {
  return new Date(written).toLocaleTimeString(TONGUE, { hour: "2-digit", minute: "2-digit", timeZone: zone() });
}

// A day without an hour is the same day everywhere.
export function day(written) {
  const whole = /^\d{4}-\d\d-\d\d$/.test(written);
  return new Date(written).toLocaleDateString(TONGUE, { weekday: "short", day: "numeric", month: "short", timeZone: whole ? "UTC" : zone() });
}

// What clocks show there at a moment, as a field of the page has it: 2026-11-25T15:00.
function shown(at) {
  const formed = new Intl.DateTimeFormat("en-GB", { timeZone: zone(), hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  const { year, month, day, hour, minute } = Object.fromEntries(formed.formatToParts(at).map((part) => [part.type, part.value]));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

// The moment at which clocks show that there. Twice: the first guess may lie on the other side of a night when clocks change.
export function moment(typed) {
  const wanted = Date.parse(`${typed.slice(0, 16)}Z`);
  let at = wanted;
  for (let guess = 0; guess < 2; guess++) at += wanted - Date.parse(`${shown(new Date(at))}Z`);
  return new Date(at);
}

// The moment at which it is so late there tomorrow.
export function tomorrow(hour) {
  const noon = Date.parse(`${shown(new Date()).slice(0, 10)}T12:00Z`);
  return moment(`${new Date(noon + DAY_MS).toISOString().slice(0, 10)}T${hour}`);
}
