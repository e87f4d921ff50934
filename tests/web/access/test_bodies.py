"""Nobody fills the disk: what is too large is cut off on its way, before anybody looks at who sends it."""

from __future__ import annotations

import pytest

from outreach.web.access import bodies
from outreach.web.app import create_app
from tests.copies import copied
from tests.web.server import running
from tests.web.tenants import cookie, settle_accounts

SAME = {"Sec-Fetch-Site": "same-origin"}
FILE = "/partner/lists"


@pytest.fixture(scope="module")
def site(cluster, played, worker_id):
    database = copied(cluster, f"bodies_{worker_id}", played.database.engine.url.database)
    settle_accounts(database)
    with running(create_app(database)) as client:
        yield client, database
    database.dispose()


def streamed(size, told):
    """A body in pieces, which does not say its length; ``told`` learns how much was taken."""
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n'
    for _ in range(size // 65_536):
        told.append(65_536)
        yield b"x" * 65_536


@pytest.mark.parametrize(
    "path", ["/login", "/phone/facts", "/requests", "/campaigns/energy-arrears/way/rehearsal", FILE, "/nothing"]
)
def test_a_form_that_is_too_large_is_refused_by_what_it_says_of_itself(site, path):
    client, _database = site
    answer = client.post(path, content=b"x" * (bodies.FORM + 1), headers=SAME)
    assert answer.status_code == 413
    assert answer.headers["content-security-policy"], "with the headers of every answer"


def test_a_body_that_does_not_say_its_length_is_cut_off(site):
    client, _database = site
    told = []
    try:
        answer = client.post(
            FILE, content=streamed(64 << 20, told), headers=SAME | {"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert answer.status_code == 413
    except OSError:
        pass  # the connection ended while the rest was being sent: as good
    except Exception as error:  # noqa: BLE001 - httpx tells of a connection that ended in several ways
        assert type(error).__name__ in {"WriteError", "RemoteProtocolError", "ReadError"}
    assert sum(told) < 32 << 20


def test_a_made_up_cookie_is_nobody(site):
    client, _database = site
    headers = SAME | {"Cookie": "__Host-outreach=made-up"}
    assert client.post(FILE, content=b"x" * (bodies.FORM + 1), headers=headers).status_code == 413


def test_who_is_signed_in_hands_over_a_file_and_no_more_elsewhere(site, monkeypatch):
    client, database = site
    headers = SAME | cookie(database, "supplier")
    large = {"file": ("list.csv", b"a;b\n" + b"1;2\n" * 400_000)}
    assert client.post(FILE, files=large, data={"campaign": "energy-arrears"}, headers=headers).status_code in {303, 409, 422}
    assert client.post("/language", files=large, headers=headers).status_code == 413
    monkeypatch.setattr(bodies, "Limits", type("Small", (), {"file": 1_000}))
    assert client.post(FILE, files=large, data={"campaign": "energy-arrears"}, headers=headers).status_code == 413


def test_a_program_hands_over_a_file_by_its_token(site):
    client, _database = site
    answer = client.put("/api/lists/list.csv", content=b"x" * (bodies.FORM + 1), headers={"Authorization": "Bearer none"})
    assert answer.status_code in {401, 403}
