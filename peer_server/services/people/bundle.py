"""Everything about people, put together: who they are, how they come in, who belongs to the workspace."""

from dataclasses import dataclass

from flow_runtime.clock import Clock
from flow_runtime.store import Store
from peer_server.secrets import Keyring, Secret
from peer_server.services.access.refusals import RefusalLog
from peer_server.services.access.sharing import SharingService
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.peers.peer_links import PeerLinkService
from peer_server.services.people.accounts import AccountService
from peer_server.services.people.groups import GroupService
from peer_server.services.people.invitations import InvitationService
from peer_server.services.people.mail import Mailer
from peer_server.services.people.members import MemberService
from peer_server.services.people.oidc import OidcService
from peer_server.services.people.passwords import Passwords
from peer_server.services.people.sign_in import SignInService
from peer_server.settings import Settings


@dataclass(frozen=True, slots=True)
class People:
    """The services about people, as routes reach them."""

    sign_in: SignInService
    accounts: AccountService
    members: MemberService
    invitations: InvitationService
    groups: GroupService
    oidc: OidcService
    sharing: SharingService
    links: PeerLinkService
    refusals: RefusalLog
    mailer: Mailer


def build_people(store: Store, settings: Settings, *, keyring: Keyring, clock: Clock, trail: AuditTrail) -> People:
    """Put the services together."""
    passwords, mailer = Passwords(), Mailer(settings)
    fixed = settings.owner_token
    sign_in = SignInService(
        store,
        keyring=keyring,
        clock=clock,
        trail=trail,
        passwords=passwords,
        owner_token=Secret(fixed.get_secret_value()) if fixed else None,
    )
    accounts = AccountService(
        store,
        keyring=keyring,
        clock=clock,
        trail=trail,
        sign_in=sign_in,
        passwords=passwords,
        mailer=mailer,
        base_url=settings.base_url,
    )
    invitations = InvitationService(
        store,
        keyring=keyring,
        clock=clock,
        trail=trail,
        sign_in=sign_in,
        passwords=passwords,
        mailer=mailer,
        base_url=settings.base_url,
    )
    return People(
        sign_in=sign_in,
        accounts=accounts,
        members=MemberService(store, keyring=keyring, clock=clock, trail=trail, sign_in=sign_in),
        invitations=invitations,
        groups=GroupService(store, clock=clock, trail=trail),
        links=PeerLinkService(store, keyring=keyring, clock=clock, trail=trail),
        refusals=RefusalLog(store, clock=clock, trail=trail),
        oidc=OidcService(store, settings, keyring=keyring, clock=clock, sign_in=sign_in, invitations=invitations),
        sharing=SharingService(store, clock=clock, trail=trail, mailer=mailer, base_url=settings.base_url),
        mailer=mailer,
    )
