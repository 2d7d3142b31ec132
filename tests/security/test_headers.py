"""Every answer forbids what a page could be tricked into: foreign resources, frames, guessed types (X8)."""

import httpx2
import pytest

PAGES = ("/", "/docs", "/chat/x", "/no/such/page", "/v1/me", "/v1/flow/x", "/openapi.json", "/healthz", "/v1/%2e%2e/x")


def directives(policy: str) -> dict[str, set[str]]:
    """A content security policy by directive."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: set(values) for name, *values in parts}


@pytest.mark.promise("X8")
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "TRACE"])
def test_every_answer_carries_the_headers(client: httpx2.Client, path: str, method: str) -> None:
    response = client.request(method, path)
    assert response.status_code < 500
    policy = directives(response.headers["content-security-policy"])
    assert policy["default-src"] == {"'self'"}
    assert policy["object-src"] == {"'none'"}
    assert policy["frame-ancestors"] == {"'none'"}
    assert policy["img-src"] <= {"'self'", "blob:", "data:"}
    sources = {source for values in policy.values() for source in values}
    assert not sources & {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"}
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in response.headers
    assert "server" not in response.headers


def test_html_is_said_to_be_html_and_api_answers_are_not_kept(client: httpx2.Client) -> None:
    assert client.get("/").headers["content-type"].startswith("text/html")
    assert client.get("/v1/me").headers["cache-control"] == "no-store"


def test_another_host_is_not_served(client: httpx2.Client) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80", "[::2]"):
        assert client.get("/v1/me", headers={"Host": host}).status_code == 400
