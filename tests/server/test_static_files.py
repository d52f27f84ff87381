"""The page's scripts and style sheets, as a browser fetches and keeps them."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from charsam.server.report_page import report_page
from charsam.server.static_files import BUNDLES, STATIC, bundle, files, router, version


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router())
    return TestClient(app)


def test_a_file_of_this_version_is_kept_for_a_year_and_asked_for_by_its_tag(client: TestClient) -> None:
    answer = client.get(f"/static/{version()}/shared/dom.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    again = client.get(f"/static/{version()}/shared/dom.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_under_another_version_is_asked_for_again(client: TestClient) -> None:
    assert client.get("/static/older/shared/dom.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["shared/none.js", "../server/app.py", "%2e%2e/server/app.py", ""])
def test_nothing_but_these_files_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{version()}/{name}").status_code == 404


def test_every_import_names_a_file_that_is_there() -> None:
    for name in files():
        for wanted in re.findall(r'\bfrom "(\.[^"]+)";$', (STATIC / name).read_text("utf-8"), re.MULTILINE):
            assert ((STATIC / name).parent / wanted).resolve().is_file(), (name, wanted)


def test_no_script_is_longer_than_300_lines() -> None:
    lengths = {name: len((STATIC / name).read_text("utf-8").splitlines()) for name in files() if name.endswith(".js")}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_a_report_holds_its_scripts_without_imports() -> None:
    code = bundle("inspect/report.js")
    assert not re.search(r"^(import|export)\b", code, re.MULTILINE)
    assert code.index("function createGallery") < code.index("function createPage") < code.index("charsamReport")
    assert "src=" not in report_page("a title").replace('src="data.js"', "").split("<script")[0]
    assert Path(STATIC / "inspect" / "page.css").read_text("utf-8") in report_page("a title")


def test_the_page_fetches_all_its_scripts_as_one_and_all_its_styles_as_one(client: TestClient) -> None:
    scripts, styles = (client.get(f"/static/{version()}/app.{kind}").text for kind in ("js", "css"))
    assert scripts.rstrip().endswith("export const { start } = _main;")
    assert not re.search(r"^import\b", scripts, re.MULTILINE)
    for name in ("panels/shell", "canvas/canvas", "queue/queue"):
        assert scripts.count(f"\n// {name}\n") == 1
        assert scripts.index("// shared/dom\n") < scripts.index(f"\n// {name}\n")
    assert all((STATIC / name).read_text("utf-8") in styles for name in BUNDLES["app.css"])
