"""Where this room's parts hang in the application; only handlers and ``feature.py`` look them up."""

from dataclasses import dataclass

from aiohttp import web

from accounts.authorizer import AccountsAuthorizer
from accounts.mail import MailQueue
from accounts.passwords import Passwords
from accounts.personal_data import PersonalDataRegistry
from accounts.services.account import AccountService
from accounts.services.api_keys import ApiKeyService
from accounts.services.audit_log import AuditLog
from accounts.services.letters import LetterService
from accounts.services.people import PeopleService
from accounts.services.privacy import PrivacyService
from accounts.services.second_factors import SecondFactorService
from accounts.services.sessions import SessionService
from accounts.services.sign_in import SignInService
from accounts.services.socket_access import SocketAccess
from accounts.services.wallets import WalletService
from infra.clock import Clock


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everything this room does, and what others need of it."""

    sign_in: SignInService
    sessions: SessionService
    second_factors: SecondFactorService
    wallets: WalletService
    letters: LetterService
    account: AccountService
    api_keys: ApiKeyService
    people: PeopleService
    privacy: PrivacyService
    audit: AuditLog
    authorizer: AccountsAuthorizer
    personal_data: PersonalDataRegistry
    mail: MailQueue
    passwords: Passwords
    clock: Clock
    sockets: SocketAccess
    public_url: str
    """The operator's word on where people reach this server; empty when there is none."""


ACCOUNTS = web.AppKey("accounts", Accounts)
