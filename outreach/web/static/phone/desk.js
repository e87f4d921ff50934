// Somebody comes, or calls back: found by the letter's code, a phone or a name, and what was done for them recorded.
import { day } from "./clock.js";
import { field, h, icon, say, show } from "./dom.js";
import { mediationForm } from "./form.js";
import { post, record, state } from "./work.js";

export function deskView() {
  const results = h("div", { class: "stack", role: "status" });
  const asked = field("said", say("who_words"), { autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });
  const form = h("form", { id: "find", class: "stack", onsubmit: async (event) => {
    event.preventDefault();
    try {
      const { found } = await post("/phone/find", { said: asked.querySelector("input").value });
      results.replaceChildren(...(found.length ? found.map(entry) : [h("p", {}, say("nobody_found"))]));
    } catch (error) {
      results.replaceChildren(h("p", {}, error.told?.error ?? say("find_needs_network")));
    }
  } }, asked);
  show({
    title: say("somebody_comes"), back: "#/", main: [form, results],
    thumb: [h("button", { class: "button primary", form: "find" }, icon("search"), h("span", {}, say("search")))],
  });
}

function entry(one) {
  return h("button", { type: "button", class: "entry", onclick: () => walkInView(one) }, icon("user"),
    h("span", { class: "entry-words" }, h("strong", {}, one.name), h("span", { class: "quiet" }, [one.city, one.campaign_name, one.birth_date && day(one.birth_date)].filter(Boolean).join(" · "))), icon("chevron-right"));
}

function walkInView(one) {
  if (!state.day) return;
  const form = mediationForm({ language: {} }, async (mediation) => {
    const found = ["code", "phone", "name"].includes(one.found_by) ? one.found_by : "name";
    await record("walk_in", { case_id: one.case_id }, { mediation, medium: "desk", found_by: found });
    show({ title: say("somebody_comes"), back: "#/", main: [h("div", { class: "notice good", role: "status" }, icon("check-circle"), h("p", {}, say("walk_in_kept", { name: one.name })))], thumb: [h("a", { class: "button primary", href: "#/" }, h("span", {}, say("today")))] });
  });
  form.id = "mediation";
  show({ title: one.name, back: "#/desk", main: [form], thumb: [h("button", { class: "button primary", form: "mediation" }, icon("check"), h("span", {}, say("save")))] });
}
