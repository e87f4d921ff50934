// The mediation form: chips in five rows (kind, themes, actions, language, minutes), an amount only when an action needs one, one free line.
import { button, chips, field, h, more, say } from "./dom.js";
import { state } from "./work.js";

const FEW = 6;

// about: whose words come first (campaign, language); done: what to do with the record.
export function mediationForm(about, done) {
  const all = state.day.vocabulary;
  const themes = (about.campaign_id && all.campaigns[about.campaign_id]?.themes) || Object.values(all.campaigns)[0]?.themes || [];
  const spoken = languages(about);
  const details = h("div", { class: "stack" });
  const problem = h("p", { class: "error", role: "alert" });
  const form = h("form", { class: "stack", novalidate: true, onsubmit: submit },
    chips("kind", say("kind"), all.kinds, { required: true }),
    rest("themes", say("themes"), themes, true, themes.slice(0, 1).map((one) => one.code)),
    rest("actions", say("actions"), all.actions, true, [], ask),
    details,
    chips("language", say("language"), spoken, { chosen: [spoken[0].code], required: true }),
    chips("minutes", say("minutes"), all.minutes.map((count) => ({ code: String(count), label: String(count) })), { chosen: [String(all.minutes[1] ?? all.minutes[0])], required: true }),
    field("private_note", say("note"), { maxlength: 1000, autocomplete: "off" }),
    more(say("more"),
      rest("barriers", say("barriers"), all.barriers, true), rest("obstacles", say("obstacles"), all.obstacles, true),
      chips("autonomy", say("autonomy"), all.autonomy), chips("reads_french", say("reads_french"), [{ code: "true", label: say("yes") }, { code: "false", label: say("no") }]),
      chips("interpreter", say("interpreter"), all.interpreters),
      field("complaint", say("complaint"), { rows: 2, maxlength: 1000 }), field("suggestion", say("suggestion"), { rows: 2, maxlength: 1000 })),
    problem);

  // More of them behind one tap, so that a row stays a row.
  function rest(name, legend, options, many, chosen = [], onchange = null) {
    const shown = options.filter((one, at) => at < FEW || chosen.includes(one.code));
    const others = options.filter((one) => !shown.includes(one));
    const row = chips(name, legend, shown, { many, chosen, onchange });
    if (others.length) {
      const open = button(say("others"), () => {
        open.replaceWith(...chips(name, legend, others, { many, onchange }).querySelectorAll(".chip"));
      }, { kind: "link", sign: "plus" });
      row.querySelector(".chips").append(open);
    }
    return row;
  }

  function ask() {
    const chosen = new FormData(form).getAll("actions");
    const wanted = all.actions.filter((one) => chosen.includes(one.code) && one.details.length);
    for (const node of [...details.children]) if (!wanted.some((one) => node.dataset.action === one.code)) node.remove();
    for (const action of wanted) {
      if (details.querySelector(`[data-action="${action.code}"]`)) continue;
      details.append(h("div", { class: "card", "data-action": action.code }, h("h3", {}, action.label), action.details.map((one) => detail(action, one))));
    }
  }

  function detail(action, one) {
    const name = `${action.code}.${one.code}`;
    if (one.choices) return chips(name, one.label, one.choices, { required: one.required });
    if (one.type === "yes_no" || one.type === "flag") return chips(name, one.label, [{ code: "true", label: say("yes") }, { code: "false", label: say("no") }]);
    const type = one.type === "day" ? "date" : one.type === "words" ? "text" : "number";
    return field(name, one.label, { type, required: one.required, inputmode: type === "number" ? "decimal" : null, min: type === "number" ? one.least : null, step: type === "number" ? "any" : null });
  }

  function submit(event) {
    event.preventDefault();
    const told = new FormData(form);
    if (!told.get("kind") || !told.getAll("themes").length) {
      problem.textContent = say("incomplete");
      return;
    }
    done(recordOf(told, all));
  }

  return form;
}

function recordOf(told, all) {
  const actions = {};
  for (const code of told.getAll("actions")) {
    const action = all.actions.find((one) => one.code === code);
    actions[code] = {};
    for (const one of action.details) {
      const value = told.get(`${code}.${one.code}`);
      if (value === null || value === "") continue;
      actions[code][one.code] = value === "true" ? true : value === "false" ? false : one.type === "count" ? Number(value) : value;
    }
  }
  const record = { kind: told.get("kind"), themes: told.getAll("themes"), language: told.get("language"), minutes: Number(told.get("minutes")), actions };
  for (const name of ["barriers", "obstacles"]) if (told.getAll(name).length) record[name] = told.getAll(name);
  for (const name of ["autonomy", "interpreter", "private_note", "complaint", "suggestion"]) if (told.get(name)) record[name] = told.get(name);
  if (told.get("reads_french")) record.reads_french = told.get("reads_french") === "true";
  return record;
}

// Theirs first, then French, then what this mediator speaks.
function languages(about) {
  const codes = [about.language?.code, "fr", ...state.day.languages].filter(Boolean);
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  return [...new Set(codes)].map((code) => ({ code, label: names.of(code) }));
}
