"""Coming in by the page to sign in, as a browser of ours does."""

from __future__ import annotations

import re

import httpx

from outreach.web.access import sessions
from tests.web.tenants import PASSWORD

OWN = {"Sec-Fetch-Site": "same-origin"}


def sign_in(client, password=PASSWORD, **more):
    return client.post("/login", data={"login": "camille", "password": password} | more, headers=OWN)


def held(response: httpx.Response) -> str:
    return re.search(rf"{sessions.COOKIE}=([^;]+)", response.headers.get("set-cookie", ""))[1]
