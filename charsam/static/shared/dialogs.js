// Questions to the person, each in a dialog of its own that resolves to the answer.
import { el } from "./dom.js";
import { tr } from "./words.js";

/** Show a dialog until it is closed. fill: (close) -> its nodes; answer: what it was closed with -> what is resolved to. */
export function ask({ title, kind = "", role = null, answer, fill }) {
  const box = el("dialog", { class: `cs-ask ${kind}`, role, "aria-label": title });
  box.append(...fill((value = "") => box.close(value)));
  return new Promise((ready) => {
    box.addEventListener("close", () => {
      ready(answer(box.returnValue));
      box.remove();
    });
    document.body.append(box);
    box.showModal();
  });
}

export const button = (text, onclick, more = {}) =>
  el("button", { class: "cs-tool", type: "button", onclick, ...more }, text);

/** A form that closes its dialog with "ok". kind: classes of the button that does. ways: more buttons, before the others. */
export const form = (title, act, close, nodes, { kind = "", ways = [], cancel = {} } = {}) =>
  el(
    "form",
    { method: "dialog" },
    el("h2", {}, title),
    ...nodes,
    el(
      "menu",
      {},
      ...ways,
      button(tr("Cancel"), () => close(), cancel),
      el("button", { class: `cs-tool cs-open ${kind}`, value: "ok" }, act),
    ),
  );

/** Ask for one line of text; resolves to it, or to "" where the person thinks better of it. */
export function prompt(title, what, start) {
  const input = el("input", { type: "text", value: start, maxlength: 120 });
  const asked = ask({
    title,
    answer: (said) => (said === "ok" ? input.value.trim() : ""),
    fill: (close) => [form(title, "OK", close, [el("label", {}, what, input)])],
  });
  input.select();
  return asked;
}

/** Ask whether to do what can't be undone; resolves to whether the person wants it. */
export const confirm = (title, what, act) =>
  ask({
    title,
    role: "alertdialog",
    answer: (said) => said === "ok",
    fill: (close) => [form(title, act, close, [el("p", {}, what)], { kind: "cs-danger", cancel: { autofocus: true } })],
  });

/** A list of things with buttons; resolves to what was pressed, or null. rows: [[name, about, [text, value] …] …]. */
export function askAbout(title, what, rows, ...more) {
  let wanted = null;
  const fill = (close) => {
    const press = ([text, value]) =>
      button(text, () => {
        wanted = value;
        close();
      });
    const line = ([name, about, ...ways]) =>
      el("li", {}, el("span", {}, el("b", {}, name), " ", about), ...ways.map(press));
    const menu = el(
      "menu",
      {},
      ...more.map(press),
      button(tr("Close"), () => close(), { autofocus: true }),
    );
    return [el("h2", {}, title), el("p", {}, what), el("ul", { class: "cs-ask-list" }, ...rows.map(line)), menu];
  };
  return ask({ title, answer: () => wanted, fill });
}
