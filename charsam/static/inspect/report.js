// A report on the disk: its data lies beside it, in data.js.
import { createPage } from "./page.js";

const report = window.charsamReport,
  root = document.getElementById("inspect");
if (report) {
  const page = (window.inspectPage = createPage(root, report.about));
  page.add(report.images);
  page.ready(page.problems());
} else {
  root.textContent = "data.js is missing: it must lie beside this page, with the folder pictures.";
}
