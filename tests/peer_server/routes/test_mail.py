"""Where a mail server is set, links travel by letter and are shown to nobody else."""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.live_server import LiveServer
from tests.fakes.mail_server import MailServer
from tests.fakes.people import PASSWORD

pytestmark = pytest.mark.anyio


async def test_invitations_and_password_links_travel_by_letter(tmp_path: Path) -> None:
    with MailServer() as post, LiveServer(tmp_path, smtp_url=post.url) as server:
        async with server.client() as owner, server.anonymous() as browser:
            # Given an invitation
            made = (await owner.post("/v1/workspace/invitation", json={"emails": ["ada@example.com"]})).json()
            [letter] = post.letters
            # When the link of the letter is used
            code = letter.get_content().partition("invitation=")[2].split()[0]
            joined = await browser.post("/v1/auth/accept", json={"code": code, "name": "Ada", "password": PASSWORD})
            # And a new password is asked for, by her and for a stranger
            for email in ("Ada@example.com", "nobody@example.com"):
                assert (await browser.post("/v1/auth/reset", json={"email": email})).status_code == 202
            async with asyncio.timeout(10):
                while len(post.letters) < 2:
                    await browser.get("/v1/auth")
            link = post.letters[1].get_content().partition("password=")[2].split()[0]
            reset = await browser.post("/v1/auth/password", json={"code": link, "password": "nine blue bottles"})
            # Then the log says who joined, and whose password was asked for, and from where
            log = (await owner.get("/v1/workspace/audit", params={"filter": "category:isNot:roles"})).json()["items"]
            told = {record["event"]: (record["userName"], record["userKind"], record["ip"]) for record in log}
            assert told["user.joined"] == ("Ada", "user", "127.0.0.1")
            assert told["password.reset_asked"] == ("Ada", "visitor", "127.0.0.1")
            # And only letters held the links
            assert made["items"][0]["link"] is None
            assert made["items"][0]["sent"] is True
            assert (joined.status_code, reset.status_code) == (200, 200)
            assert [one["To"] for one in post.letters] == ["ada@example.com", "ada@example.com"]
            assert (await browser.get("/v1/auth")).json()["mail"] is True


async def test_a_link_that_no_letter_could_bring_is_shown(tmp_path: Path) -> None:
    with MailServer(refuses=True) as post, LiveServer(tmp_path, smtp_url=post.url) as server:
        async with server.client() as owner:
            made = (await owner.post("/v1/workspace/invitation", json={"emails": ["ada@example.com"]})).json()
    assert made["items"][0]["sent"] is False
    assert "/#/invitation=psi_" in made["items"][0]["link"]
