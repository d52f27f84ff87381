"""Who may come in, and that nobody reaches what is another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from label_site import Site

from charsam.page.files import new_folder, remove_folder
from charsam.server.access import Access
from charsam.server.engine import Engine
from charsam.server.serving import Mode, Serving, serving

PASSWORD = "correct horse"


@pytest.fixture
def demo(access: Access, engine: Engine) -> Site:
    return Site(access, engine)


@pytest.fixture
def local(tmp_path: Path, engine: Engine) -> Iterator[Site]:
    access = Access(Serving(Mode.LOCAL, tmp_path / "local"))
    yield Site(access, engine)
    access.close()


@pytest.fixture
def closed(tmp_path: Path, engine: Engine) -> Iterator[Site]:
    """Served to others: ann has an account."""
    access = Access(Serving(Mode.LOGIN, tmp_path / "closed"))
    access.workspace.accounts.create("ann", PASSWORD)
    yield Site(access, engine)
    access.close()


@pytest.mark.parametrize(
    ("host", "environment", "mode"),
    [
        (None, {}, Mode.LOCAL),
        ("127.0.0.1", {}, Mode.LOCAL),
        ("localhost", {}, Mode.LOCAL),
        ("::1", {}, Mode.LOCAL),
        ("0.0.0.0", {}, Mode.LOGIN),
        ("192.168.1.4", {}, Mode.LOGIN),
        (None, {"GRADIO_SERVER_NAME": "0.0.0.0"}, Mode.LOGIN),
        (None, {"CHARSAM_LOGIN": "1"}, Mode.LOGIN),
        (None, {"CHARSAM_DEMO": "1"}, Mode.DEMO),
        ("0.0.0.0", {"SPACE_ID": "lab/charsam"}, Mode.DEMO),
        ("0.0.0.0", {"SPACE_ID": "lab/charsam", "CHARSAM_LOGIN": "1"}, Mode.LOGIN),
        ("0.0.0.0", {"CHARSAM_DEMO": "0"}, Mode.LOGIN),
    ],
)
def test_who_may_come_in_follows_from_the_address_and_the_environment(
    host: str | None, environment: dict[str, str], mode: Mode
) -> None:
    assert serving(host, environment=environment).mode is mode


def test_the_workspace_is_where_the_environment_says_unless_the_command_line_does() -> None:
    environment = {"CHARSAM_WORKSPACE": "/data/one", "CHARSAM_DATABASE": "postgresql://db/x"}
    assert serving(environment=environment).folder == Path("/data/one")
    assert serving(environment=environment).database == "postgresql://db/x"
    assert serving(folder=Path("/data/two"), environment=environment).folder == Path("/data/two")


def test_local_use_needs_nothing(local: Site) -> None:
    answer = local.visitor().get("/label/projects")
    assert [project["inbox"] for project in answer.json()["projects"]] == [True]


def test_a_local_app_answers_to_no_other_name_than_this_machines(local: Site) -> None:
    answer = local.visitor().get("/label/projects", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "login" in answer.text


def test_a_stranger_is_led_to_the_login_and_reaches_nothing_else(closed: Site) -> None:
    stranger = closed.visitor()
    page = stranger.get("/?image=abc", follow_redirects=False)
    assert page.status_code == 303
    assert page.headers["location"] == "/label/login?next=%2F%3Fimage%3Dabc"
    for path in ("/label/projects", "/gradio_api/queue/data?session_hash=a", "/config", "/gradio_api/file=/etc/passwd"):
        assert stranger.get(path).status_code == 401, path
    assert stranger.post("/gradio_api/upload").status_code == 401


def test_the_login_page_lets_in_who_knows_the_password(closed: Site) -> None:
    person = closed.visitor()
    form = {"name": "ann", "password": PASSWORD, "next": "/?image=abc"}
    answer = person.post("/label/login", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?image=abc")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert person.get("/").text == "behind the gate"
    assert person.get("/label/me").json() == {"mode": "login", "name": "ann"}


def test_a_wrong_password_is_a_sentence_and_no_entry(closed: Site) -> None:
    answer = closed.visitor().post("/label/login", data={"name": "ann", "password": "wrong"})
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_login_page_speaks_the_language_of_the_browser(closed: Site) -> None:
    visitor, chinese = closed.visitor(), {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    page = visitor.get("/label/login", headers=chinese).text
    assert '<html lang="zh">' in page
    assert '<button type="submit">登录</button>' in page
    wrong = visitor.post("/label/login", data={"name": "ann", "password": "wrong"}, headers=chinese)
    assert "用户名与密码不匹配。" in wrong.text
    assert '<html lang="en">' in visitor.get("/label/login", headers={"Accept-Language": "en,zh;q=0.5"}).text


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_after_the_login_nobody_is_led_to_another_site(closed: Site, wanted: str) -> None:
    form = {"name": "ann", "password": PASSWORD, "next": wanted}
    answer = closed.visitor().post("/label/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_hostile_text_on_the_login_page_stays_text(closed: Site) -> None:
    answer = closed.visitor().post("/label/login", data={"name": '"><script>alert(1)</script>', "password": "x"})
    assert "<script>" not in answer.text


def test_too_many_wrong_passwords_close_the_door_for_a_while(closed: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charsam.workspace.accounts.PER_NAME", 2)
    guesser = closed.visitor()
    answers = [guesser.post("/label/login", json={"name": "ann", "password": f"guess {n}"}) for n in range(3)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert guesser.post("/label/login", json={"name": "ann", "password": PASSWORD}).status_code == 429


def test_the_login_page_says_when_there_are_no_accounts_yet(tmp_path: Path, engine: Engine) -> None:
    access = Access(Serving(Mode.LOGIN, tmp_path / "empty"))
    assert "charsam users add" in Site(access, engine).visitor().get("/label/login").text
    access.close()


def test_a_program_logs_in_with_json_and_sends_the_token_along(closed: Site) -> None:
    program = closed.visitor()
    token = program.post("/label/login", json={"name": "ann", "password": PASSWORD}).json()["token"]
    other = closed.visitor()
    assert other.get("/label/projects").status_code == 401
    assert other.get("/label/projects", headers={"X-Charsam-Session": token}).status_code == 200


def test_after_the_logout_the_token_is_worth_nothing(closed: Site) -> None:
    person = closed.visitor()
    token = person.post("/label/login", json={"name": "ann", "password": PASSWORD}).json()["token"]
    assert person.get("/label/projects").status_code == 200
    person.post("/label/logout")
    assert person.get("/label/projects", headers={"X-Charsam-Session": token}).status_code == 401


DOCUMENT_ROUTES = [
    ("GET", "", None),
    ("POST", "/edits", {"base": 1, "command": {"do": "review", "all": True, "as": "accepted"}}),
    ("POST", "/undo", {"base": 1}),
    ("POST", "/redo", {"base": 1}),
    ("GET", "/image", None),
    ("GET", "/thumbnail", None),
    ("GET", "/heat", None),
    ("POST", "/state", {"state": "accepted"}),
    ("POST", "/note", {"note": "mine"}),
    ("GET", "/history", None),
]
PROJECT_ROUTES = [
    ("GET", "/images", None),
    ("GET", "/next", None),
    ("POST", "/annotate", {}),
    ("GET", "/progress", None),
    ("POST", "/cancel", {}),
    ("POST", "/export", {"format": "native"}),
    ("GET", "/members", None),
    ("POST", "/members", {"name": "visitor"}),
]


@pytest.mark.parametrize(("method", "path", "body"), DOCUMENT_ROUTES)
def test_an_image_of_another_visitor_does_not_exist(demo: Site, method: str, path: str, body: object) -> None:
    owner, other = demo.visitor(), demo.visitor()
    image = demo.sign(owner)
    mine = owner.request(method, f"/label/documents/{image}{path}", json=body)
    assert mine.status_code in (200, 400)
    answer = other.request(method, f"/label/documents/{image}{path}", json=body)
    unknown = other.request(method, f"/label/documents/{'0' * 32}{path}", json=body)
    assert answer.status_code == unknown.status_code == 404
    assert answer.json() == unknown.json()


@pytest.mark.parametrize(("method", "path", "body"), PROJECT_ROUTES)
def test_a_project_of_another_visitor_does_not_exist(demo: Site, method: str, path: str, body: object) -> None:
    owner, other = demo.visitor(), demo.visitor()
    project = demo.inbox(owner)
    assert other.request(method, f"/label/projects/{project}{path}", json=body).status_code == 404


def test_nobody_uploads_into_a_project_of_another(demo: Site) -> None:
    owner, other = demo.visitor(), demo.visitor()
    project = demo.inbox(owner)
    answer = other.post(f"/label/projects/{project}/images", files={"files": ("a.png", b"x")})
    assert answer.status_code == 404


def test_a_request_without_any_token_is_refused_with_a_sentence(demo: Site) -> None:
    client = demo.visitor()
    client.cookies.clear()
    answer = client.get("/label/projects")
    assert answer.status_code == 401
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_another_site_can_change_nothing(local: Site, headers: dict[str, str]) -> None:
    client = local.visitor()
    assert client.post("/label/projects", json={"name": "planted"}, headers=headers).status_code == 403
    assert len(client.get("/label/projects").json()["projects"]) == 1


@pytest.mark.parametrize("headers", [{"Origin": "http://127.0.0.1"}, {"Sec-Fetch-Site": "same-origin"}, {}])
def test_the_page_itself_and_programs_can(local: Site, headers: dict[str, str]) -> None:
    assert local.visitor().post("/label/projects", json={"name": "mine"}, headers=headers).status_code == 200


def test_a_form_of_another_kind_is_no_command(local: Site) -> None:
    answer = local.visitor().post("/label/projects", content='{"name": "x"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400


def test_a_download_is_for_its_owner_only(demo: Site) -> None:
    owner, other = demo.visitor(), demo.visitor()
    folder = new_folder(demo.caller(owner).key)
    (folder / "mask.png").write_bytes(b"mask")
    stranger = demo.visitor()
    stranger.cookies.clear()
    url = f"/gradio_api/file={folder / 'mask.png'}"
    assert owner.get(url).text == "behind the gate"
    assert [client.get(url).status_code for client in (other, stranger)] == [404, 404]
    remove_folder(folder)
    assert owner.get(url).status_code == 404


@pytest.mark.parametrize(
    "path", ["/etc/hostname", "{folder}/../upload.png", "%2fetc%2fhostname", "upload/photo.jpg", ""]
)
def test_nothing_else_of_gradios_cache_can_be_fetched(demo: Site, path: str) -> None:
    owner = demo.visitor()
    folder = new_folder(demo.caller(owner).key)
    for prefix in ("/gradio_api/file=", "/gradio_api/file/"):
        assert owner.get(prefix + path.format(folder=folder)).status_code == 404
    remove_folder(folder)


def test_results_of_a_page_are_streamed_to_who_opened_it_only(demo: Site) -> None:
    owner, other = demo.visitor(), demo.visitor()
    assert owner.get("/gradio_api/heartbeat/page1").status_code == 200
    assert owner.get("/gradio_api/queue/data?session_hash=page1").status_code == 200
    assert other.get("/gradio_api/queue/data?session_hash=page1").status_code == 404
    assert other.get("/gradio_api/heartbeat/page1").status_code == 404


@pytest.mark.parametrize("path", ["/gradio_api/deep_link?session_hash=x", "/gradio_api/runs", "/monitoring"])
def test_what_gradio_offers_beyond_the_app_is_closed(demo: Site, path: str) -> None:
    assert demo.visitor().get(path).status_code == 404


def test_in_a_space_the_cookie_works_inside_its_frame_and_nowhere_else(tmp_path: Path, engine: Engine) -> None:
    access = Access(Serving(Mode.DEMO, tmp_path, embedded=True))
    cookie = Site(access, engine).visitor().get("/", headers={"Cookie": ""}).headers["set-cookie"]
    assert "SameSite=None; Secure; Partitioned" in cookie
    assert "HttpOnly" in cookie
    access.close()


LONG = [("correct horse battery staple " * 40)[:201], ("correct horse battery staple " * 40)[:1000], "🐎🔋📎🔑🗝" * 200]


@pytest.mark.parametrize("password", LONG, ids=["201", "1000", "1000 of two units each"])
def test_any_password_that_can_be_set_can_be_used(tmp_path: Path, engine: Engine, password: str) -> None:
    access = Access(Serving(Mode.LOGIN, tmp_path))
    access.workspace.accounts.create("Ann", password)
    person = Site(access, engine).visitor()
    try:
        units = int(re.findall(r'maxlength="(\d+)"', person.get("/label/login").text)[-1])  # a browser sends no more
        typed = password.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
        form = person.post("/label/login", data={"name": "Ann", "password": typed}, follow_redirects=False)
        assert form.status_code == 303
        assert person.post("/label/login", json={"name": "Ann", "password": password}).status_code == 200
    finally:
        access.close()
