// What the components of the page share: safe DOM building, photos by key, and the link between views.
// Every text that a visitor may have written reaches the page through textContent or setAttribute, never as HTML.
window.charsam = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const bus = new EventTarget();
  const photos = new Map();

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  /** The value of a component: JSON text from the server, so that it reaches JavaScript as data and nothing else. */
  function read(props) {
    try {
      return JSON.parse(props.value || "{}") || {};
    } catch {
      return {};
    }
  }

  /** A photo is sent once and kept by its key; the views of the tabs name the key. Only the newest few are kept. */
  function keepPhoto(key, source) {
    photos.delete(key);
    photos.set(key, source);
    while (photos.size > 4) photos.delete(photos.keys().next().value);
    say("photo", { key });
  }

  const say = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));
  const hear = (name, listener) => bus.addEventListener(name, (event) => listener(event.detail));

  /** Light up every shape and row of one character or word: `ref` is "w2" or "w2c5". */
  let hot = null;
  function hover(ref) {
    if (ref === hot) return;
    for (const node of document.querySelectorAll(".cs-hot")) node.classList.remove("cs-hot");
    hot = ref;
    if (ref) for (const node of document.querySelectorAll(`[data-ref="${CSS.escape(ref)}"]`)) node.classList.add("cs-hot");
    say("hover", { ref });
  }

  function linkHover(root) {
    root.addEventListener("pointerover", (event) => hover(event.target.closest?.("[data-ref]")?.dataset.ref || null));
    root.addEventListener("pointerleave", () => hover(null));
    root.addEventListener("focusin", (event) => hover(event.target.closest?.("[data-ref]")?.dataset.ref || null));
  }

  /** Every box source has a colour, a dash and a mark, so that colour alone never tells. */
  const SOURCES = {
    craft: { colour: "#56B4E9", dash: "", mark: "●", name: "CRAFT" },
    watershed: { colour: "#E69F00", dash: "7 4", mark: "◆", name: "watershed" },
    aligned: { colour: "#CC79A7", dash: "2 3", mark: "▲", name: "aligned" },
    even: { colour: "#D55E00", dash: "10 3 2 3", mark: "■", name: "even" },
    given: { colour: "#009E73", dash: "14 3", mark: "✚", name: "given" },
    before: { colour: "#F0E442", dash: "", mark: "", name: "before splitting" },
    word: { colour: "#F0E442", dash: "", mark: "", name: "word" },
    ignored: { colour: "#BBBBBB", dash: "3 4", mark: "", name: "ignored word" },
    check: { colour: "#D55E00", dash: "4 3", mark: "⚠", name: "to check" },
  };

  /** The photo's notion of the page's commands: a click on these says at once that work begins. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-busy], #cs-run, #cs-find, #cs-compare");
    if (!button || button.disabled) return;
    if (document.body.hasAttribute("data-cs-opening")) {
      event.stopImmediatePropagation();
      event.preventDefault();
      return;
    }
    say("busy", { text: button.id === "cs-find" ? "Finding words…" : "Starting…" });
  }, true);

  return { el, svg, read, photos, keepPhoto, say, hear, hover, linkHover, SOURCES };
})();
