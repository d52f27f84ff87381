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
const source = [...scripts, join(ROOT, "page", "theme.py"), join(ROOT, "inspection", "failures.py")]
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

test("the catalogue holds nothing that is said nowhere, and every value has its place", () => {
  const places = (text) => [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort();
  for (const [text, other] of Object.entries(ZH)) {
    const noun = text.startsWith("#") ? text.slice(1) : text;
    assert.ok(source.includes(JSON.stringify(noun).slice(1, -1)) || source.includes(noun), text);
    if (!text.startsWith("#")) assert.deepEqual(places(other), places(text), text);
  }
});
