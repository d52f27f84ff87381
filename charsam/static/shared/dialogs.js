// Questions to the person, each in a dialog of its own that resolves to the answer.
import { label } from "./api.js";
import { el } from "./dom.js";
import { STATES } from "./sources.js";

/** Ask for one line of text; resolves to it, or to "" where the person thinks better of it. */
export const prompt = (title, what, start) =>
  new Promise((ready) => {
    const input = el("input", { type: "text", value: start, maxlength: 120 });
    const box = el(
      "dialog",
      { class: "cs-ask", "aria-label": title },
      el(
        "form",
        { method: "dialog" },
        el("h2", {}, title),
        el("label", {}, what, input),
        el(
          "menu",
          {},
          el("button", { class: "cs-tool", type: "button", onclick: () => box.close("") }, "Cancel"),
          el("button", { class: "cs-tool cs-open", value: "ok" }, "OK"),
        ),
      ),
    );
    box.addEventListener("close", () => {
      ready(box.returnValue === "ok" ? input.value.trim() : "");
      box.remove();
    });
    document.body.append(box);
    box.showModal();
    input.select();
  });

/** Ask whether to do what can't be undone; resolves to whether the person wants it. */
export const confirm = (title, what, act) =>
  new Promise((ready) => {
    const box = el(
      "dialog",
      { class: "cs-ask", role: "alertdialog", "aria-label": title },
      el(
        "form",
        { method: "dialog" },
        el("h2", {}, title),
        el("p", {}, what),
        el(
          "menu",
          {},
          el("button", { class: "cs-tool", type: "button", autofocus: true, onclick: () => box.close("") }, "Cancel"),
          el("button", { class: "cs-tool cs-open cs-danger", value: "ok" }, act),
        ),
      ),
    );
    box.addEventListener("close", () => {
      ready(box.returnValue === "ok");
      box.remove();
    });
    document.body.append(box);
    box.showModal();
  });

/** Ask for another name of a project: { name }, or { remove: true }, { trash: true }, or null where the person thinks better of it. */
export const askProject = (name) =>
  new Promise((ready) => {
    const input = el("input", { type: "text", value: name, maxlength: 120, required: true });
    const box = el(
      "dialog",
      { class: "cs-ask", "aria-label": "Project" },
      el(
        "form",
        { method: "dialog" },
        el("h2", {}, "Project"),
        el("label", {}, "Name", input),
        el(
          "menu",
          {},
          el(
            "button",
            { class: "cs-tool cs-danger cs-first", type: "button", onclick: () => box.close("remove") },
            "Delete project…",
          ),
          label.mode === "demo"
            ? null
            : el("button", { class: "cs-tool", type: "button", onclick: () => box.close("trash") }, "Trash…"),
          el("button", { class: "cs-tool", type: "button", onclick: () => box.close("") }, "Cancel"),
          el("button", { class: "cs-tool cs-open", value: "ok" }, "Rename"),
        ),
      ),
    );
    box.addEventListener("close", () => {
      const name = input.value.trim();
      ready(
        ["remove", "trash"].includes(box.returnValue)
          ? { [box.returnValue]: true }
          : box.returnValue === "ok" && name
            ? { name }
            : null,
      );
      box.remove();
    });
    document.body.append(box);
    box.showModal();
    input.select();
  });

/** A list of things with buttons, in a dialog; resolves to what was pressed, or null. rows: [[name, more, [text, value] …] …]. */
export const askAbout = (title, what, rows, ...more) =>
  new Promise((ready) => {
    let wanted = null;
    const press = ([text, value]) =>
      el(
        "button",
        {
          class: "cs-tool",
          type: "button",
          onclick: () => {
            wanted = value;
            box.close();
          },
        },
        text,
      );
    const box = el(
      "dialog",
      { class: "cs-ask", "aria-label": title },
      el("h2", {}, title),
      el("p", {}, what),
      el(
        "ul",
        { class: "cs-ask-list" },
        ...rows.map(([name, about, ...ways]) =>
          el("li", {}, el("span", {}, el("b", {}, name), " ", about), ...ways.map(press)),
        ),
      ),
      el(
        "menu",
        {},
        ...more.map(press),
        el("button", { class: "cs-tool", type: "button", autofocus: true, onclick: () => box.close() }, "Close"),
      ),
    );
    box.addEventListener("close", () => {
      ready(wanted);
      box.remove();
    });
    document.body.append(box);
    box.showModal();
  });
/** Which format and encoding the words are in; ask: (encoding) -> {formats, encodings}. Resolves to {format, encoding} or null. */
export async function askFormat(ask) {
  const first = await ask("");
  return new Promise((ready) => {
    const list = el("fieldset", {});
    const show = ({ formats }) =>
      list.replaceChildren(
        el("legend", {}, "Format"),
        ...(formats.length
          ? formats.map(({ format, title, images, words }, index) =>
              el(
                "label",
                { class: "cs-option" },
                el("input", { type: "radio", name: "format", value: format, checked: index === 0 }),
                el(
                  "span",
                  {},
                  title,
                  el(
                    "small",
                    {},
                    `${images} image${images === 1 ? "" : "s"}: ${words.map((word) => `“${word}”`).join(", ")}`,
                  ),
                ),
              ),
            )
          : [el("p", {}, "No format finds words for images of this project in these files.")]),
      );
    const encoding = el(
      "select",
      {
        "aria-label": "Encoding of text that is not UTF-8",
        onchange: async () => {
          try {
            show(await ask(encoding.value));
          } catch (error) {
            list.replaceChildren(el("p", { role: "alert" }, error.message));
          }
        },
      },
      el("option", { value: "" }, "UTF-8"),
      ...first.encodings.map(({ name, title }) => el("option", { value: name }, title)),
    );
    const form = el(
      "form",
      { method: "dialog" },
      el("h2", {}, "Read the words as"),
      el("label", {}, "Text that is not UTF-8 is", encoding),
      list,
      el(
        "menu",
        {},
        el("button", { class: "cs-tool", type: "button", onclick: () => box.close("") }, "Cancel"),
        el("button", { class: "cs-tool cs-open cs-main-way", value: "ok" }, "Read"),
      ),
    );
    const box = el("dialog", { class: "cs-ask", "aria-label": "Format of the words" }, form);
    box.addEventListener("close", () => {
      const format = new FormData(form).get("format");
      ready(box.returnValue === "ok" && format ? { format, encoding: encoding.value } : null);
      box.remove();
    });
    show(first);
    document.body.append(box);
    box.showModal();
  });
}

/** What to export: {format, with_images, and the state and search that choose images}; null where the person thinks better of it. */
export const askExport = ({ all, chosen }) =>
  new Promise((ready) => {
    const formats = [
      ["native", "words.json and PNG masks", "charsam's own; comes back bit by bit, with states, verdicts and notes"],
      ["textseg", "TextSeg layout", "words, characters and their masks"],
      ["coco", "COCO instances", "run-length masks, holes kept"],
      ["yolo", "YOLO-seg", "an outline for each character"],
      ["pascal-voc", "Palette PNG", "classes and objects, as in Pascal VOC"],
      ["coco_ts", "Binary masks as in COCO_TS", ""],
      ["mlt_s", "Binary masks as in MLT_S", ""],
      ["imagefolder", "Hugging Face datasets", "an image folder with metadata.jsonl"],
      ["svg", "SVG", "one path for each character, holes kept"],
      ["cutouts", "Cut-outs", "a transparent PNG for each character and each word"],
      ["icdar15", "ICDAR 2015 text", "polygons and texts"],
      ["total-text", "Total-Text text", "polygons and texts"],
      ["ppocrlabel", "PPOCRLabel", "polygons and texts"],
      ["labelme", "labelme", "polygons and texts"],
      ["page", "PAGE XML", "words, characters and texts"],
      ["backup", "Backup", "everything: photos, masks, and the history of every edit"],
    ];
    const filtered = Boolean(chosen.state || chosen.search);
    const option = (name, value, text, more, checked) =>
      el(
        "label",
        { class: "cs-option" },
        el("input", { type: "radio", name, value, checked }),
        el("span", {}, text, more ? el("small", {}, more) : null),
      );
    const these = [chosen.state ? STATES[chosen.state].name : "", chosen.search ? `“${chosen.search}”` : ""]
      .filter(Boolean)
      .join(", ");
    const form = el(
      "form",
      { method: "dialog" },
      el("h2", {}, "Export"),
      filtered
        ? el(
            "fieldset",
            {},
            el("legend", {}, "Images"),
            option("which", "shown", `What the queue shows: ${these}`, "", true),
            option("which", "all", `All ${all} of the project`, ""),
          )
        : null,
      el(
        "fieldset",
        { class: "cs-formats" },
        el("legend", {}, "Format"),
        ...formats.map(([value, text, more], index) => option("format", value, text, more, index === 0)),
      ),
      el(
        "label",
        { class: "cs-option" },
        el("input", { type: "checkbox", name: "photos" }),
        el("span", {}, "The photos too"),
      ),
      el(
        "label",
        { class: "cs-option" },
        el("input", { type: "checkbox", name: "accepted" }),
        el("span", {}, "Accepted pictures only"),
      ),
      el(
        "label",
        { class: "cs-option" },
        el("input", { type: "checkbox", name: "unrejected" }),
        el(
          "span",
          {},
          "Without rejected characters",
          el("small", {}, "their pixels are ignored where the format can say so"),
        ),
      ),
      el(
        "menu",
        {},
        el("button", { class: "cs-tool", type: "button", onclick: () => box.close("") }, "Cancel"),
        el("button", { class: "cs-tool cs-open cs-main-way", value: "ok" }, "Export"),
      ),
    );
    const box = el("dialog", { class: "cs-ask cs-ask-wide", "aria-label": "Export" }, form);
    box.addEventListener("close", () => {
      const said = new FormData(form);
      const wanted = {
        format: said.get("format"),
        with_images: said.has("photos"),
        accepted_only: said.has("accepted"),
        without_rejected: said.has("unrejected"),
      };
      if (filtered && said.get("which") === "shown")
        Object.assign(wanted, { search: chosen.search, states: chosen.state ? [chosen.state] : [] });
      box.remove();
      ready(box.returnValue === "ok" ? wanted : null);
    });
    document.body.append(box);
    box.showModal();
  });
