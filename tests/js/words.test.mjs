import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = new URL("../../charsam/", import.meta.url).pathname;
const below = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? below(join(folder, one.name)) : [join(folder, one.name)],
  );
const read = (path) => readFileSync(path, "utf-8");
const ZH = JSON.parse(read(join(ROOT, "static", "shared", "zh.json")));
const scripts = below(join(ROOT, "static")).filter((path) => path.endsWith(".js"));
const pages = ["login.html", "help.html"].map((name) => join(ROOT, "server", "templates", name));
const source = [...scripts, ...pages, join(ROOT, "page", "theme.py"), join(ROOT, "inspection", "failures.py")]
  .map(read)
  .join("\n");

test("every sentence that can be said in another language is in the catalogue", () => {
  const said = [...source.matchAll(/\btr\(\s*("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text));
  assert.ok(said.length > 300);
  assert.deepEqual(
    said.filter((text) => !(text in ZH)),
    [],
  );
});

test("no sentence of the page is English only", () => {
  const forOthers = ["events.js", "report.js"].map((name) => `/${name}`); // of the bus; of a folder without a server
  const found = scripts
    .filter((path) => !forOthers.some((name) => path.endsWith(name)))
    .flatMap((path) => {
      const code = read(path).replace(/^\s*(\/\/|\/?\*).*$/gm, "");
      const plain = [...code.matchAll(/"([A-Z][^"\n]*)"/g)].map(([, text]) => text);
      const made = [...code.matchAll(/`([A-Z][^`]*)`/g)].map(([, text]) => text.replace(/\$\{[^}]*\}/g, "…"));
      return [...plain.filter((text) => !(text in ZH)), ...made].filter((text) => /[a-z]+ [a-z]+ [a-z]+/.test(text));
    });
  assert.deepEqual(found, []);
});

test("no words stand in a template, where they would be English only", () => {
  const found = scripts
    .filter((path) => !path.endsWith("/report.js")) // of a folder without a server
    .flatMap((path) => {
      const code = read(path).replace(/^\s*(\/\/|\/?\*).*$/gm, "");
      const parts = [...code.matchAll(/(?:`|\})([^`${}\n"]*)(?=\$\{|`)/g)].map(([, text]) => text);
      const styles = /cs-|cv-|ci-|[:;(]|^charsam\.|^photo $|^turn $|^arrows $|^ px$/;
      return parts.filter(
        (text) => /\b[a-z]{2,} [a-z]{2,}\b|(^| )[a-z]{2,} $|^ [a-z]{2,}\b/.test(text) && !styles.test(text),
      );
    });
  assert.deepEqual(found, []);
});

test("one word for one thing: what is labeled is an image", () => {
  const others = Object.keys(ZH).filter((text) => /\bpictures?\b/i.test(text) && !text.endsWith(", with pictures"));
  assert.deepEqual(others, []);
});

test("the catalogue holds nothing that is said nowhere, and every value has its place", () => {
  const places = (text) => [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort();
  for (const [text, other] of Object.entries(ZH)) {
    if (text.startsWith("@")) continue; // of the server: tests/server/test_said.py
    const noun = text.startsWith("#") ? text.slice(1) : text;
    assert.ok(source.includes(JSON.stringify(noun).slice(1, -1)) || source.includes(noun), text);
    if (!text.startsWith("#")) assert.deepEqual(places(other), places(text), text);
  }
});

test("what the server says is found in the catalogue, its values in their places", async () => {
  globalThis.charsamWords = ZH;
  const { heard } = await import(`${join(ROOT, "static", "shared", "words.js")}?zh`);
  assert.equal(heard("stage 2 of 7 · glyph votes"), "第 2 步，共 7 步 · 字形投票");
  assert.equal(heard("3 words found; 2 of them new."), "找到 3 个单词；其中 2 个是新的。");
  assert.equal(heard("1 word found; none of them new."), "找到 1 个单词；其中 没有 个是新的。");
  assert.equal(heard("Q instead of m"), "m 改为 Q");
  assert.equal(heard("Added the word read"), "添加了单词 read");
  assert.equal(heard("Positive point on O"), "O 上的正点");
  assert.equal(
    heard("words.json: images[0].words[1].text: expected a text; it is 3"),
    "words.json：images[0].words[1].text：应为文本；实际为 3",
  );
  assert.equal(heard("a.txt: line 3: expected numbers; one is x"), "a.txt: line 3：应为数字；其中一个是 x");
  assert.equal(heard("something else"), "something else");
  globalThis.charsamWords = undefined;
  const english = await import(`${join(ROOT, "static", "shared", "words.js")}?en`);
  assert.equal(english.heard("Q instead of m"), "Q instead of m");
});
