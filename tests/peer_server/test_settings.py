"""Settings come from the environment, have working defaults, and say which one is wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from peer_server.app import build_store
from peer_server.settings import load_settings
from peer_server.web.origins import Origins


def test_defaults_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEER_SERVER_DATABASE_URL", raising=False)
    settings = load_settings(data_dir=Path("/data"))
    assert settings.database == "sqlite:////data/peer.db"
    assert settings.base_url == "http://127.0.0.1:8400"
    assert (settings.role, settings.is_https, settings.http_allow) == ("all", False, ())


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_SERVER_HTTP_ALLOW", "127.0.0.1:9000, intranet:*,")
    monkeypatch.setenv("PEER_SERVER_PUBLIC_URL", "https://peers.example/")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    settings = load_settings(port=None)
    assert settings.http_allow == ("127.0.0.1:9000", "intranet:*")
    assert (settings.base_url, settings.is_https) == ("https://peers.example", True)
    assert "sk-canary" not in repr(settings)


@pytest.mark.parametrize(("name", "value"), [("port", "70000"), ("role", "king"), ("public_url", "peers.example")])
def test_wrong_values_are_named(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        load_settings(**{name: value})


@pytest.mark.parametrize(
    ("given", "origin", "host", "allowed"),
    [
        ({}, "http://127.0.0.1:8400", "", True),
        ({}, "http://localhost:8400", "", True),
        ({}, "http://127.0.0.1:8401", "", False),
        ({}, "https://127.0.0.1:8400", "", False),
        ({"public_url": "https://peers.example"}, "https://peers.example", "", True),
        ({"public_url": "https://peers.example"}, "https://peers.example.evil", "", False),
        ({"public_url": "https://peers.example"}, "http://127.0.0.1:8400", "", False),
        ({"allowed_origins": "https://shop.example"}, "https://shop.example", "", True),
        ({"host": "0.0.0.0"}, "http://box.local:8400", "box.local:8400", True),
        ({"host": "0.0.0.0"}, "http://evil.example", "box.local:8400", False),
    ],
)
def test_origins_are_exact(given: dict[str, str], origin: str, host: str, *, allowed: bool) -> None:
    assert Origins(load_settings(**given)).allows(origin, host=host) is allowed


def test_a_wrong_database_url_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="not with 'mysql'") as refused:
        build_store(load_settings(database_url="mysql://me:hunter2@db/x"))
    assert "hunter2" not in str(refused.value)
