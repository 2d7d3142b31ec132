"""Every event that the audit log can hold: its category and what happened. Pure data; the reference is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

Category = Literal[
    "sign-in",
    "roles",
    "people",
    "workspace",
    "connections",
    "models",
    "data",
    "tools",
    "peers",
    "decisions",
    "flow-people",
    "flow-tool",
    "flow-guardrails",
]
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
"""In the order in which the reference lists them. Those that begin with ``flow-`` belong to one flow."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One kind of event."""

    category: Category
    sentence: str
    """What it means, as the reference and the filter list print it."""


AUDIT_EVENTS: Final[Mapping[str, AuditEvent]] = {
    # Coming and going
    "session.started": AuditEvent("sign-in", "Somebody signed in."),
    "session.refused": AuditEvent("sign-in", "A sign-in was refused."),
    "session.ended": AuditEvent("sign-in", "Somebody signed out, or a session was ended."),
    "token.created": AuditEvent("sign-in", "A personal token was made."),
    "token.revoked": AuditEvent("sign-in", "A personal token was withdrawn."),
    "password.reset_asked": AuditEvent("sign-in", "A link to set a new password was asked for."),
    "password.changed": AuditEvent("sign-in", "A password was set."),
    # Roles in the workspace
    "role.changed": AuditEvent("roles", "Somebody's role or switches in the workspace were changed."),
    "access.refused": AuditEvent("roles", "Somebody was refused to share, publish or schedule."),
    # People
    "user.invited": AuditEvent("people", "Somebody was invited."),
    "user.joined": AuditEvent("people", "Somebody became a member."),
    "user.edited": AuditEvent("people", "Somebody's name or address was changed."),
    "user.disabled": AuditEvent("people", "Somebody was locked out."),
    "user.enabled": AuditEvent("people", "Somebody was let in again."),
    "user.deleted": AuditEvent("people", "Somebody was removed from the workspace."),
    "invitation.withdrawn": AuditEvent("people", "An invitation was withdrawn."),
    "group.created": AuditEvent("people", "A group was made."),
    "group.edited": AuditEvent("people", "A group was renamed, or its members changed."),
    "group.deleted": AuditEvent("people", "A group was removed."),
    # The workspace
    "workspace.edited": AuditEvent("workspace", "The name or a setting of the workspace was changed."),
    "workspace.variable_added": AuditEvent("workspace", "A variable of the workspace was added."),
    "workspace.variable_edited": AuditEvent("workspace", "A variable of the workspace was changed."),
    "workspace.variable_deleted": AuditEvent("workspace", "A variable of the workspace was removed."),
    "workspace.key_created": AuditEvent("workspace", "An API key for every flow was made."),
    "workspace.key_deleted": AuditEvent("workspace", "An API key for every flow was withdrawn."),
    "workspace.keys_rotated": AuditEvent("workspace", "Encryption keys were rotated."),
    "audit.exported": AuditEvent("workspace", "Audit records were taken out as a file."),
    "file.uploaded": AuditEvent("workspace", "A file was uploaded."),
    "file.deleted": AuditEvent("workspace", "A file was removed."),
    "workspace.swept": AuditEvent("workspace", "What is kept no longer was removed."),
    "conversation.deleted": AuditEvent("workspace", "A conversation was deleted for good."),
    "conversation.exported": AuditEvent("workspace", "A conversation was taken out as a file."),
    # Connections to services
    "connection.created": AuditEvent("connections", "A connection or authorization profile was added."),
    "connection.edited": AuditEvent("connections", "A connection or authorization profile was changed."),
    "connection.deleted": AuditEvent("connections", "A connection or authorization profile was removed."),
    # Models
    "model.created": AuditEvent("models", "A model connection was added."),
    "model.edited": AuditEvent("models", "A model connection was changed."),
    "model.deleted": AuditEvent("models", "A model connection was removed."),
    # Budgets
    "budget.created": AuditEvent("models", "A limit to what may be spent on models was set."),
    "budget.edited": AuditEvent("models", "A limit to what may be spent on models was changed."),
    "budget.deleted": AuditEvent("models", "A limit to what may be spent on models was taken away."),
    "budget.low": AuditEvent("models", "Four fifths of a budget were used."),
    "budget.spent": AuditEvent("models", "A budget was spent; calls of models are refused until it begins anew."),
    # Data sources
    "data.created": AuditEvent("data", "A data source was made."),
    "data.edited": AuditEvent("data", "A data source was changed."),
    "data.deleted": AuditEvent("data", "A data source was removed with its documents."),
    "data.document_added": AuditEvent("data", "A document was put into a data source."),
    "data.document_removed": AuditEvent("data", "A document was taken out of a data source."),
    "data.document_reindexed": AuditEvent("data", "A document was indexed anew."),
    # Tools
    "tool.created": AuditEvent("tools", "A tool was connected."),
    "tool.edited": AuditEvent("tools", "A tool was changed."),
    "tool.deleted": AuditEvent("tools", "A tool was removed."),
    # Peers and their prompts
    "peer.created": AuditEvent("peers", "A Peer was made."),
    "peer.edited": AuditEvent("peers", "A Peer's draft (prompt, model, attachments) was changed."),
    "peer.published": AuditEvent("peers", "A version of a Peer was published."),
    "peer.deleted": AuditEvent("peers", "A Peer was removed."),
    "peer.invited": AuditEvent("peers", "A Peer was shared with somebody."),
    "peer.role_changed": AuditEvent("peers", "Somebody's role on a Peer was changed."),
    "peer.removed": AuditEvent("peers", "Somebody's role on a Peer was taken away."),
    "peer.owner_changed": AuditEvent("peers", "A Peer was handed to another owner."),
    "peer.link_created": AuditEvent("peers", "A public link to a Peer was made."),
    "peer.link_deleted": AuditEvent("peers", "A public link to a Peer was withdrawn."),
    "message.reported": AuditEvent("peers", "Somebody reported an answer of a Peer."),
    "report.closed": AuditEvent("peers", "A report of an answer was closed."),
    # Decisions of people
    "interrupt.decided": AuditEvent("decisions", "Somebody answered what a run asked."),
    "interrupt.withdrawn": AuditEvent("decisions", "Somebody took a request back; its run was cancelled."),
    # A flow: who may reach it
    "flow.invited": AuditEvent("flow-people", "A flow was shared with somebody."),
    "flow.role_changed": AuditEvent("flow-people", "Somebody's role on a flow was changed."),
    "flow.removed": AuditEvent("flow-people", "Somebody's role on a flow was taken away."),
    "flow.owner_changed": AuditEvent("flow-people", "A flow was handed to another owner."),
    # A flow: what it is and how it is reached
    "flow.created": AuditEvent("flow-tool", "A flow was made."),
    "flow.cloned": AuditEvent("flow-tool", "A flow was made as a copy of another."),
    "flow.imported": AuditEvent("flow-tool", "A flow was made from a package, or a package replaced its draft."),
    "flow.exported": AuditEvent("flow-tool", "A flow was taken out as a file."),
    "flow.renamed": AuditEvent("flow-tool", "A flow's name was changed."),
    "flow.described": AuditEvent("flow-tool", "A flow's description was changed."),
    "flow.edited": AuditEvent("flow-tool", "A flow's draft was changed."),
    "flow.deleted": AuditEvent("flow-tool", "A flow was removed."),
    "flow.published": AuditEvent("flow-tool", "A version was made."),
    "flow.version_restored": AuditEvent("flow-tool", "A version was made the draft again."),
    "flow.deployed": AuditEvent("flow-tool", "A version was deployed."),
    "flow.undeployed": AuditEvent("flow-tool", "The endpoint was taken away."),
    "flow.key_created": AuditEvent("flow-tool", "An API key of a flow was made."),
    "flow.key_deleted": AuditEvent("flow-tool", "An API key of a flow was withdrawn."),
    "flow.link_created": AuditEvent("flow-tool", "A share token of a flow was made."),
    "flow.link_deleted": AuditEvent("flow-tool", "A share token of a flow was withdrawn."),
    "flow.sync_timeout_changed": AuditEvent("flow-tool", "The timeout of the synchronous endpoint was changed."),
    "flow.async_enabled": AuditEvent("flow-tool", "The endpoint was made asynchronous."),
    "flow.async_changed": AuditEvent("flow-tool", "The asynchronous endpoint's timeout or callback was changed."),
    "flow.async_disabled": AuditEvent("flow-tool", "The endpoint was made synchronous."),
    "flow.variable_added": AuditEvent("flow-tool", "An environment variable was added."),
    "flow.variable_edited": AuditEvent("flow-tool", "An environment variable was changed."),
    "flow.variable_deleted": AuditEvent("flow-tool", "An environment variable was removed."),
    "flow.trigger_added": AuditEvent("flow-tool", "A trigger was added."),
    "flow.trigger_edited": AuditEvent("flow-tool", "A trigger was changed."),
    "flow.trigger_removed": AuditEvent("flow-tool", "A trigger was removed."),
    "flow.schedule_created": AuditEvent("flow-tool", "A schedule was made."),
    "flow.schedule_edited": AuditEvent("flow-tool", "A schedule was changed."),
    "flow.schedule_deleted": AuditEvent("flow-tool", "A schedule was cancelled."),
    "flow.connection_added": AuditEvent("flow-tool", "A step began to use a connection."),
    "flow.connection_edited": AuditEvent("flow-tool", "The connection or action of a step was changed."),
    "flow.connection_removed": AuditEvent("flow-tool", "A step stopped using a connection."),
    # A flow: its scanners
    "flow.input_scanner_added": AuditEvent("flow-guardrails", "A scanner of model inputs was added."),
    "flow.input_scanner_edited": AuditEvent("flow-guardrails", "A scanner of model inputs was changed."),
    "flow.input_scanner_removed": AuditEvent("flow-guardrails", "A scanner of model inputs was removed."),
    "flow.output_scanner_added": AuditEvent("flow-guardrails", "A scanner of model outputs was added."),
    "flow.output_scanner_edited": AuditEvent("flow-guardrails", "A scanner of model outputs was changed."),
    "flow.output_scanner_removed": AuditEvent("flow-guardrails", "A scanner of model outputs was removed."),
}
"""Every event by its name. Recording one that is not here is a mistake in the program and raises."""
