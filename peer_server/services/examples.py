"""The examples of `peer-server demo`: made once, by a key that stays, so that a restart finds them again.

An example is a folder with ``peer.json`` and ``flows/*.json``. Inside it flows are named by their file; their real ids
are filled in here. What the Peer knows is ``knowledge/*.md``, put into the data source that it names. What somebody has
changed since is left alone; only the variables are set at every start.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import Connection

from flow_runtime.errors import FlowError, Json
from flow_runtime.ids import new_id
from peer_server.access import Principal
from peer_server.services.bundle import Services
from peer_server.services.knowledge.data_sources import DataSourceContent
from peer_server.services.knowledge.documents import MOST_DOCUMENTS
from peer_server.services.peers.peers import parse_peer
from peer_server.services.people.sign_in import principal_of
from peer_server.stores.data_sources import find_sources
from peer_server.stores.flows import FlowRow, seeded_flow
from peer_server.stores.identity import first_owner
from peer_server.stores.peers import seeded_peer

log = logging.getLogger(__name__)

_PLACES: Final = (
    Path(__file__).parents[1] / "bundled" / "examples",  # an installed wheel
    Path(__file__).parents[2] / "examples",  # a checkout
)


def find_examples() -> Path:
    """The folder of the examples. Raises FileNotFoundError if this installation has none."""
    for place in _PLACES:
        if place.is_dir():
            return place
    raise FileNotFoundError("this installation has no examples; start with `peer-server serve`")


@dataclass(frozen=True, slots=True)
class Example:
    """One example as its folder has it."""

    name: str
    peer: Mapping[str, Json]
    flows: Mapping[str, Json]
    documents: Mapping[str, bytes]
    """What its Peer knows, by the name of the file."""


def load_examples(folder: Path) -> list[Example]:
    """Read every example of a folder."""
    return [
        Example(
            name=file.parent.name,
            peer=orjson.loads(file.read_bytes()),
            flows={path.stem: orjson.loads(path.read_bytes()) for path in sorted(file.parent.glob("flows/*.json"))},
            documents={path.name: path.read_bytes() for path in sorted(file.parent.glob("knowledge/*.md"))},
        )
        for file in sorted(folder.glob("*/peer.json"))
    ]


async def seed_examples(services: Services, examples: Sequence[Example], *, variables: Mapping[str, Json]) -> None:
    """Make what is missing. An example that cannot be made is reported and does not stop the others."""
    owner = await services.store.read(first_owner)
    if owner is None:
        return
    who = principal_of(owner, None)
    for example in examples:
        try:
            await _seed(services, who, example, variables=variables)
        except FlowError as error:
            log.exception("the example %r could not be made: %s", example.name, error.details)


async def _seed(services: Services, who: Principal, example: Example, *, variables: Mapping[str, Json]) -> None:
    known = await services.store.read(_known_flows, example, workspace_id=who.workspace_id)
    ids = {name: known[name].id if name in known else new_id() for name in example.flows}
    for name, definition in example.flows.items():
        if name not in known:
            seed_key = _key(example.name, name)
            await services.flows.create(who, _with_ids(definition, ids), seed_key=seed_key, flow_id=ids[name])
    for flow_id in ids.values():
        for variable, value in variables.items():
            await services.variables.put(who, flow_id, variable, value=value, secure=False, notes="set by the demo")
    for name, flow_id in ids.items():
        if name not in known or known[name].latest_version is None:
            await services.making.versions.deploy(who, flow_id, version=None)
    await _seed_peer(services, who, example, ids=ids)


async def _seed_peer(services: Services, who: Principal, example: Example, *, ids: Mapping[str, str]) -> None:
    key = _key(example.name, "peer")
    if await services.store.read(seeded_peer, key, workspace_id=who.workspace_id) is not None:
        return
    await _seed_knowledge(services, who, example)
    content = {name: value for name, value in example.peer.items() if name != "key"}
    content["attachments"] = [
        {name: value for name, value in one.items() if name != "flow"} | {"flowId": ids[one["flow"]]}
        for one in content.get("attachments", ())
    ]
    await services.peers.create(who, parse_peer(content), seed_key=key)


async def _seed_knowledge(services: Services, who: Principal, example: Example) -> None:
    """Put in what is missing of what the Peer knows, which is indexed as soon as the server runs."""
    if not example.documents:
        return
    (name,) = example.peer["knowledge"]["sources"]
    found = await services.store.read(find_sources, [name], workspace_id=who.workspace_id)
    source = found.get(name) or await services.knowledge.sources.create(who, DataSourceContent(name=name))
    documents = services.knowledge.documents
    held = await documents.page(who, source.id, status=None, cursor=None, limit=MOST_DOCUMENTS)
    for file_name, text in example.documents.items():
        if file_name not in {document.name for document in held.items}:
            file = await services.files.upload(
                who, _at_once(text), name=file_name, mime="text/markdown", size=len(text)
            )
            await documents.add(who, source.id, file_id=file.id)


async def _at_once(text: bytes) -> AsyncIterator[bytes]:
    yield text


def _known_flows(conn: Connection, example: Example, *, workspace_id: str) -> dict[str, FlowRow]:
    rows = {name: seeded_flow(conn, _key(example.name, name), workspace_id=workspace_id) for name in example.flows}
    return {name: row for name, row in rows.items() if row is not None}


def _key(example: str, name: str) -> str:
    return f"example:{example}:{name}"


def _with_ids(value: Json, ids: Mapping[str, str]) -> Json:
    """The definition with the real id wherever it names another flow of the example."""
    if isinstance(value, dict):
        return {
            key: ids.get(item, item) if key == "flowId" and isinstance(item, str) else _with_ids(item, ids)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_ids(item, ids) for item in value]
    return value
