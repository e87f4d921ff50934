// Builds what is seen. Texts are always text: nothing that anybody wrote becomes markup.
const page = JSON.parse(document.getElementById("page").textContent);
export const words = page.words;
export const language = page.language;
export const rings = page.rings;

// What one is said of has words of its own; of none, French says the same as of one.
export function say(key, values = {}) {
  const single = values.count === 1 || (values.count === 0 && language === "fr");
  const told = ((single && words[`${key}_one`]) || words[key]).replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
  // A line never begins with the sign that ends a question.
  return told.replace(/ (?=[?!:;»])/g, "\u00a0").replace(/« /g, "«\u00a0");
}

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${page.sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function button(text, act, { kind = "quiet", sign = null, ...more } = {}) {
  return h("button", { type: "button", class: `button ${kind}`, onclick: act, ...more }, sign && icon(sign), h("span", {}, text));
}

export function pill(text, kind = "quiet", sign = "circle") {
  return h("span", { class: `pill ${kind}` }, icon(sign), " ", text);
}

// A number inside text from right to left, with its groups: left alone it is shown group by group from the right (Unicode annex 9).
const NUMBERS = /(\+?\d+(?:[ \u00a0\u202f.,/:-]\d+)*)/;

// Words of another language: which one, which way they run, their numbers whole.
export function tongue(code) {
  const known = code.toLowerCase();
  return { lang: code, dir: page.right_to_left.includes(known) || page.right_to_left.includes(known.split("-")[0]) ? "rtl" : "ltr" };
}
export function spoken(text, code) {
  const { lang, dir } = tongue(code);
  const parts = dir === "rtl" ? text.split(NUMBERS).map((part, at) => (at % 2 ? h("bdi", { dir: "ltr" }, part.replaceAll(" ", "\u00a0")) : part)) : text;
  return h("p", { class: "spoken", lang, dir }, parts);
}

export function card(title, ...children) {
  return h("section", { class: "card" }, title && h("h2", {}, title), children);
}

export function more(title, ...children) {
  return h("details", { class: "more" }, h("summary", {}, icon("chevron-right"), " ", title), h("div", { class: "stack" }, children));
}

export function hidden(title, value) {
  return h("details", { class: "hidden-value" }, h("summary", {}, icon("eye-off"), " ", title), h("p", {}, value));
}

// One answer (or many) as big chips.
export function chips(name, legend, options, { many = false, chosen = [], onchange = null, required = false } = {}) {
  return h("fieldset", { class: "field" }, h("legend", {}, legend), h("div", { class: "chips" }, options.map((one) =>
    h("label", { class: "chip" },
      h("input", { type: many ? "checkbox" : "radio", name, value: one.code, checked: chosen.includes(one.code), required: required && !many, onchange }),
      h("span", {}, one.label)))));
}

export function field(name, label, attributes = {}) {
  const id = `f-${name}`;
  return h("div", { class: "field" }, h("label", { for: id }, label),
    attributes.rows ? h("textarea", { id, name, ...attributes }) : h("input", { id, name, type: "text", ...attributes }));
}

// Shows a view: title, cards, and what lies under the thumb; the heading takes the focus, as after a page.
export function show({ title, back = null, main, thumb = [] }) {
  document.title = title;
  const head = document.querySelector(".phone-head h1");
  head.textContent = title;
  document.getElementById("back").replaceChildren(...(back ? [h("a", { class: "round", href: back, "aria-label": say("back") }, icon("arrow-left"))] : []));
  document.getElementById("main").replaceChildren(...[main].flat(9).filter(Boolean));
  document.getElementById("thumb").replaceChildren(...thumb.filter(Boolean));
  document.getElementById("main").focus({ preventScroll: true });
  document.getElementById("main").scrollTo(0, 0);
}
