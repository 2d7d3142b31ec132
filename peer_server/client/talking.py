"""What programs do with Peers, conversations and open questions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from peer_server.client.exchange import Json, Listing, Operation, Pause, Request, Upload, ask
from peer_server.client.following import new_key
from peer_server.client.paging import every, one_page
from peer_server.client.problems import WaitedTooLong
from peer_server.client.records import Answered, Conversation, Interrupt, Message, Page, Peer, Sent, StoredFile
from peer_server.client.resource import D, Resource, listing, operation

_LOOK_S = 0.2


class Peers(Resource[D]):
    """Peers: who people talk to."""

    @listing
    def list(self, *, search: str = "") -> Listing[Peer]:
        """All Peers that one may see, newest first."""
        return every("/v1/peer", Peer, query={"search": search})

    @operation
    def get(self, peer_id: str) -> Operation[Peer]:
        """One Peer with its draft."""
        return _peer(Request("GET", f"/v1/peer/{peer_id}"))

    @operation
    def create(
        self, name: str, *, model: str = "default", content: Mapping[str, Json] | None = None
    ) -> Operation[Peer]:
        """Make a Peer and publish its version 1; `content` is what `POST /v1/peer` takes besides."""
        return _peer(Request("POST", "/v1/peer", body={"name": name, "model": model, **(content or {})}))

    @operation
    def update(self, peer_id: str, changes: Mapping[str, Json]) -> Operation[Peer]:
        """Change its draft; conversations go on with the published version."""
        return _peer(Request("PATCH", f"/v1/peer/{peer_id}", body=dict(changes)))

    @operation
    def publish(self, peer_id: str) -> Operation[int]:
        """Freeze the draft as the next version, and answer its number."""
        reply = yield from ask(Request("POST", f"/v1/peer/{peer_id}/publish"))
        return int(reply.json()["version"])


class Conversations(Resource[D]):
    """Conversations over REST; for tokens as they come there is the socket."""

    @listing
    def list(self, *, search: str = "", archived: bool = False) -> Listing[Conversation]:
        """One's conversations, pinned first, then newest first."""
        return every("/v1/conversation", Conversation, query={"search": search, "archived": archived})

    @operation
    def create(self, peer_id: str, *, preview: bool = False) -> Operation[Conversation]:
        """Start one; a `preview` talks to the draft of the Peer."""
        body = {"peerId": peer_id, "preview": preview}
        reply = yield from ask(Request("POST", "/v1/conversation", body=body))
        return Conversation.model_validate(reply.json())

    @operation
    def get(self, conversation_id: str) -> Operation[Conversation]:
        """One, with all that its people see."""
        reply = yield from ask(Request("GET", f"/v1/conversation/{conversation_id}"))
        return Conversation.model_validate(reply.json())

    @operation
    def delete(self, conversation_id: str) -> Operation[None]:
        """Take it away."""
        yield from ask(Request("DELETE", f"/v1/conversation/{conversation_id}"))

    @listing
    def messages(self, conversation_id: str) -> Listing[Message]:
        """The messages of the shown branch, oldest first."""
        return every(f"/v1/conversation/{conversation_id}/message", Message, query={})

    @operation
    def send(
        self, conversation_id: str, content: str | Sequence[Mapping[str, Json]], *, message_id: str | None = None
    ) -> Operation[Sent]:
        """Send a message and do not wait. The same `message_id` again is the same message."""
        return _send(conversation_id, content, message_id=message_id)

    @operation
    def say(
        self, conversation_id: str, content: str | Sequence[Mapping[str, Json]], *, timeout_s: float = 120.0
    ) -> Operation[Answered]:
        """Send a message and wait for the end of the turn. Raises `WaitedTooLong`; the turn goes on."""
        sent = yield from _send(conversation_id, content, message_id=None)
        deadline = monotonic() + timeout_s
        while True:
            view = (yield from ask(Request("GET", f"/v1/conversation/{conversation_id}"))).json()
            turn = _turn(view, sent)
            if turn is not None and turn["status"] != "running":
                return _answered(view, turn_id=turn["turnId"])
            if monotonic() >= deadline:
                message = f"the Peer has not answered within {timeout_s} s"
                raise WaitedTooLong("waited_too_long", message, remedy="read the messages later")
            yield Pause(_LOOK_S)


class Interrupts(Resource[D]):
    """Questions to people, of all runs and conversations that one may answer."""

    @operation
    def page(
        self, *, status: str | None = "open", run_id: str | None = None, cursor: str | None = None
    ) -> Operation[Page[Interrupt]]:
        """Some questions, newest first."""
        query = {"status": status, "runId": run_id}
        return (yield from one_page("/v1/interrupt", Interrupt, query=query, cursor=cursor))

    @listing
    def list(
        self, *, status: str | None = "open", run_id: str | None = None, conversation_id: str | None = None
    ) -> Listing[Interrupt]:
        """All questions, newest first; by default the open ones."""
        query = {"status": status, "runId": run_id, "conversationId": conversation_id}
        return every("/v1/interrupt", Interrupt, query=query)

    @operation
    def get(self, interrupt_id: str) -> Operation[Interrupt]:
        """One question."""
        return _interrupt(Request("GET", f"/v1/interrupt/{interrupt_id}"))

    @operation
    def answer(self, interrupt_id: str, resolution: Mapping[str, Json]) -> Operation[Interrupt]:
        """Answer it and do not wait. The first answer counts: another one raises `Conflict`, a late one `Gone`."""
        path = f"/v1/interrupt/{interrupt_id}/resume"
        return _interrupt(Request("POST", path, body=dict(resolution), is_same_again=True))

    @operation
    def withdraw(self, interrupt_id: str) -> Operation[Interrupt]:
        """Take it back, and cancel its run."""
        return _interrupt(Request("POST", f"/v1/interrupt/{interrupt_id}/withdraw"))


class Files(Resource[D]):
    """Uploaded files."""

    @operation
    def upload(
        self, content: bytes | Path, *, name: str | None = None, mime: str = "application/octet-stream"
    ) -> Operation[StoredFile]:
        """Keep a file; its `id` is an input value and part of a message."""
        data = content if isinstance(content, bytes) else content.read_bytes()
        found = name or (content.name if isinstance(content, Path) else "file")
        reply = yield from ask(Request("POST", "/v1/file", upload=Upload(found, data, mime)))
        return StoredFile.model_validate(reply.json())

    @operation
    def info(self, file_id: str) -> Operation[StoredFile]:
        """What is known of it."""
        reply = yield from ask(Request("GET", f"/v1/file/{file_id}/info"))
        return StoredFile.model_validate(reply.json())

    @operation
    def download(self, file_id: str) -> Operation[bytes]:
        """Its bytes."""
        return (yield from ask(Request("GET", f"/v1/file/{file_id}"))).content


def _peer(request: Request) -> Operation[Peer]:
    return Peer.model_validate((yield from ask(request)).json())


def _interrupt(request: Request) -> Operation[Interrupt]:
    return Interrupt.model_validate((yield from ask(request)).json())


def _send(
    conversation_id: str, content: str | Sequence[Mapping[str, Json]], *, message_id: str | None
) -> Operation[Sent]:
    body = {"content": content, "clientMessageId": message_id or new_key()}
    path = f"/v1/conversation/{conversation_id}/message"
    reply = yield from ask(Request("POST", path, body=body, is_same_again=True))
    return Sent.model_validate(reply.json())


def _turn(view: Mapping[str, Any], sent: Sent) -> Mapping[str, Any] | None:
    """The turn that the message began; None while it is queued."""
    message = view["messages"].get(sent.message_id, {})
    found: Mapping[str, Any] | None = view["turns"].get(message.get("turnId") or sent.turn_id)
    return found


def _answered(view: Mapping[str, Any], *, turn_id: str) -> Answered:
    """What the Peer said in that turn, and what is asked now."""
    found = [view["messages"][message_id] for message_id in view["order"]]
    said = [one for one in found if one.get("turnId") == turn_id and one["role"] == "assistant"]
    messages = [Message.model_validate({"id": one["messageId"], **one}) for one in said]
    questions = [view["interrupts"][interrupt_id] for interrupt_id in view["openInterrupts"]]
    text = "\n\n".join(message.text for message in messages if message.text)
    return Answered(text=text, messages=messages, questions=questions)
