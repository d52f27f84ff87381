// Talks to the routes under /label. Every failure becomes an Error whose message is a sentence for the person; its
// `status` and `body` say more. The caller is known by a cookie, or, where a frame keeps no cookies, by a header.
import { emit } from "./events.js";
import { setting } from "./settings.js";
import { heard, tr } from "./words.js";

export const label = (() => {
  let token = null; // only where the server hands it to this page, since it found no cookie

  const root = () => `${(globalThis.gradio_config?.root || "").replace(/\/$/, "") || location.origin}/label/`;
  const url = (path) => new URL(path, root()).href;
  const headers = (more = {}) => (token ? { ...more, "X-Charsam-Session": token } : more);

  async function ask(method, path, body, more = {}) {
    let answer;
    try {
      answer = await fetch(url(path), {
        method,
        credentials: "same-origin",
        signal: more.signal,
        headers: headers(body === undefined || body instanceof FormData ? {} : { "Content-Type": "application/json" }),
        body: body === undefined ? undefined : body instanceof FormData ? body : JSON.stringify(body),
      });
    } catch (cause) {
      if (cause.name === "AbortError") throw cause;
      throw failure(
        tr("The server cannot be reached. Nothing that was saved is lost; try again in a moment."),
        0,
        {},
        cause,
      );
    }
    if (answer.ok) return more.raw ? answer : answer.json();
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 401) say401();
    throw failure(
      heard(said.error) || tr("The server answered with an error ({0}).", answer.status),
      answer.status,
      said,
    );
  }

  function failure(message, status, body, cause) {
    return Object.assign(new Error(message, { cause }), { status, body });
  }

  /** The session has ended: the page stays as it is, and says where to log in again. */
  function say401() {
    emit("signedout", {});
  }

  const get = (path, more) => ask("GET", path, undefined, more);
  const post = (path, body = {}, more) => ask("POST", path, body, more);

  /** The URL of a picture: as it is where cookies work, else as a blob that was asked for with the header. */
  async function picture(path) {
    if (!token) return url(path);
    const answer = await ask("GET", path, undefined, { raw: true });
    return URL.createObjectURL(await answer.blob());
  }

  /** Fetch an export by POST and hand it to the browser as a download; how many images are in it and were left out. */
  async function download(path, body, name) {
    const answer = await post(path, body, { raw: true });
    const [images, left] = ["images", "left-out"].map((part) => Number(answer.headers.get(`x-charsam-${part}`)));
    if (!images) return { images, left };
    handOver(await answer.blob(), decodeURIComponent(answer.headers.get("x-charsam-name") || "") || name);
    return { images, left };
  }

  /** Fetch a file and hand it to the browser as a download, under the name that the server gives it. */
  async function save(path) {
    const answer = await get(path, { raw: true }),
      said = answer.headers.get("content-disposition") || "";
    handOver(
      await answer.blob(),
      decodeURIComponent(/filename\*=UTF-8''([^;]+)/.exec(said)?.[1] || path.split("/").pop()),
    );
  }

  function handOver(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /** Say something while the page is being left, when nobody can wait for an answer. */
  function farewell(path, body) {
    fetch(url(path), {
      method: "POST",
      keepalive: true,
      credentials: "same-origin",
      headers: headers({ "Content-Type": "application/json" }),
      body: JSON.stringify(body),
    }).catch(() => {});
  }

  const segmenter = () => setting("segmenter");
  const of = (id) => `documents/${encodeURIComponent(id)}`;

  /** What the labeling canvas asks for. */
  const documents = {
    get: (id) => get(`${of(id)}${segmenter() ? `?segmenter=${encodeURIComponent(segmenter())}` : ""}`),
    edit: (id, base, command, key) =>
      post(`${of(id)}/edits`, { base, command, key, ...(segmenter() ? { segmenter: segmenter() } : {}) }),
    undo: (id, base, key) => post(`${of(id)}/undo`, { base, key }),
    redo: (id, base, key) => post(`${of(id)}/redo`, { base, key }),
    imageUrl: (id) => picture(`${of(id)}/image`),
    heatUrl: (id) => picture(`${of(id)}/heat`),
    setState: (id, state) => post(`${of(id)}/state`, { state }),
    setNote: (id, note) => post(`${of(id)}/note`, { note }),
    history: (id) => get(`${of(id)}/history`),
    delete: (id) => post(`${of(id)}/delete`),
  };

  return {
    mode: null,
    get,
    post,
    picture,
    download,
    save,
    farewell,
    documents,
    url,
    useToken: (given) => {
      token = given || null;
    },
  };
})();
