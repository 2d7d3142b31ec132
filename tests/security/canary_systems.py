"""Other systems that are given secrets, and repeat them: providers of models, tools with webhooks, links to files."""

from typing import Any, Protocol

import anyio
import httpx2

from flow_runtime.errors import Json
from tests.fakes.flows import GREETING
from tests.fakes.oidc_provider import OidcProvider
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.provider import Provider
from tests.fakes.webhook_sender import send_signed
from tests.security.canaries import Planted


class Planting(Protocol):
    """What plants, and whose server it is."""

    planted: Planted
    provider: Provider
    owner: httpx2.AsyncClient
    ids: dict[str, list[str]]
    kept: dict[str, bytes]

    async def made(self, path: str, body: Json) -> dict[str, Any]:
        """What a POST answers that makes something."""


async def connect_models(on: Planting, models: FakeOpenAI) -> None:
    """A provider that answers, and one that does not; both keys are tried."""
    models.api_key = on.planted.plain("model key")
    spoken = {"ours": (models.base_url, models.api_key)}
    spoken["theirs"] = (f"{on.provider.url}/models", on.planted.plain("refused model key"))
    for name, (base_url, key) in spoken.items():
        found = await on.made("/v1/connection", {"name": name, "baseUrl": base_url, "key": key})
        on.ids.setdefault("connection_id", []).append(found["id"])
        tried = await on.owner.post(f"/v1/connection/{found['id']}/test", json={"model": "fake-1"})
        assert tried.json()["status"] == {"ours": "ok", "theirs": "failing"}[name]
        on.kept[f"trial of {name}"] = tried.content


async def connect_tools(on: Planting) -> None:
    """A tool that registers webhooks, one that fails and repeats what it got, and one where people enter the secret."""
    scheme = {"kind": "apiKey", "place": "header", "name": "x-tool", "value": on.planted.plain("tool profile")}
    body = {"name": "Tool", "scheme": scheme, "hosts": [on.provider.host], "flows": "all"}
    profile = (await on.made("/v1/credential", body))["name"]
    types = []
    for path in ("/hooks", "/broken"):
        register = {"path": path, "body": {"url": "{{callbackUrl}}", "secret": "{{secret}}"}, "externalId": "/id"}
        trigger = {"key": "made", "name": "Made", "register": register}
        manifest = {"baseUrl": on.provider.url, "triggers": [trigger]}
        types.append(await on.made("/v1/tool", {"name": f"At {path}", "manifest": manifest, "profile": profile}))
    types.append(await on.made("/v1/tool", {"name": "By hand", "kind": "webhook"}))
    on.ids["tool_id"] = [tool["id"] for tool in types]
    triggers = [{"type": "api"}, *({"type": tool["triggers"][0]["type"]} for tool in types)]
    flow = await on.made("/v1/flow", {"definition": {**GREETING, "name": "Woken", "triggers": triggers}})
    on.ids["flow_id"].append(flow["id"])
    assert (await on.owner.post(f"/v1/flow/{flow['id']}/deploy")).is_success
    for path, hook in zip(("/hooks", "/broken", ""), await _registered(on, flow["id"]), strict=True):
        on.ids.setdefault("trigger_id", []).append(hook["id"])
        address = f"/v1/flow/{flow['id']}/trigger/{hook['id']}/secret"
        told = on.provider.calls(f"POST {path}")[0].json if path else await on.made(address, {})
        on.planted.note(f"webhook secret {path}", str(told["secret"]).removeprefix("whs_"))
        on.ids.setdefault("address", []).append(hook["callbackUrl"].rpartition("/")[2])  # Shown to editors.
        await _send_events(on, hook["callbackUrl"], told["secret"])


async def _registered(on: Planting, flow_id: str) -> list[dict[str, Any]]:
    """The webhooks of the flow in the order of their tools, once all were tried."""
    with anyio.fail_after(10):
        while True:
            found: list[dict[str, Any]] = (await on.owner.get(f"/v1/flow/{flow_id}/trigger")).json()["events"]
            by_tool = {one["provider"]: one for one in found}
            if by_tool["At /hooks"]["status"] == "active" and by_tool["At /broken"]["error"] is not None:
                return [by_tool[name] for name in ("At /hooks", "At /broken", "By hand")]
            await anyio.sleep(0.02)


async def _send_events(on: Planting, url: str, secret: str) -> None:
    """An event that starts a run, and one that proves nothing but shows a secret."""
    async with httpx2.AsyncClient() as sender:
        send = send_signed(sender, url, secret)
        taken, refused = await send({"name": "Ada"}), await send({"name": "Eve"}, id="e2", secret=secret[::-1])
    assert (taken.status_code, refused.status_code) == (202, 401)
    on.kept[f"events {len(on.kept)}"] = taken.content + refused.content


async def share_files_and_peers(on: Planting) -> None:
    """A link that opens a file, and one that opens a Peer, each followed by a stranger."""
    file_id = (await on.owner.post("/v1/file", files={"file": ("a.txt", b"ordinary", "text/plain")})).json()["id"]
    on.ids["file_id"] = [file_id]
    link: str = (await on.made(f"/v1/file/{file_id}/link", {}))["url"]
    on.planted.note("file link", link.rpartition(".")[2])
    [peer_id] = on.ids["peer_id"]
    token = on.planted.note("Peer link", (await on.made(f"/v1/peer/{peer_id}/link", {}))["token"])
    async with httpx2.AsyncClient(base_url=str(on.owner.base_url)) as stranger:
        path = link[link.index("/v1/") :]
        assert (await stranger.get(path)).content == b"ordinary"
        on.kept["stale file link"] = (await stranger.get(f"{path[:-1]}!")).content
        came = await stranger.post("/v1/auth/visit", json={"token": token})
        on.planted.note("session of a visitor", came.json()["session"])


async def sign_in_elsewhere(on: Planting, identities: OidcProvider) -> None:
    """Somebody comes back from a provider of identities that repeats what it was asked, and is not let in."""
    async with httpx2.AsyncClient(base_url=str(on.owner.base_url)) as browser:
        sent = await browser.get("/v1/auth/oidc")
        back = await browser.get(f"/v1/auth/oidc/callback?{identities.agree(sent.headers['location'])}")
    assert "sign-in-failed" in back.headers["location"]
    on.kept["single sign-on"] = repr((sent.headers, back.headers, back.content)).encode()
