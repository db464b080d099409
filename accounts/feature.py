"""Accounts as a part of the application: services, endpoints, start and stop."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from accounts import endpoints
from accounts.app_keys import ACCOUNTS, Accounts
from accounts.authorizer import AccountsAuthorizer, ChannelFacts, NoOwners
from accounts.contract_signatures import ContractSignatures, RpcContractSignatures
from accounts.handlers import admin, me, sign_in
from accounts.identity import Role
from accounts.mail import Delivery, LogDelivery, MailQueue, SmtpDelivery
from accounts.passwords import ARGON2, Argon2Parameters, Passwords
from accounts.personal_data import PersonalDataRegistry
from accounts.server_secret import ServerSecret
from accounts.services.account import AccountService
from accounts.services.api_keys import ApiKeyService
from accounts.services.audit_log import AuditLog
from accounts.services.letters import LetterService
from accounts.services.people import PeopleService
from accounts.services.privacy import PrivacyService
from accounts.services.second_factors import SecondFactorService
from accounts.services.sessions import SessionService
from accounts.services.sign_in import Registration, SignInService
from accounts.services.signing_keys import SigningKeys
from accounts.services.socket_access import SocketAccess
from accounts.services.wallets import WalletService
from infra.authorizer import AUTHORIZER, ChannelKeys
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.endpoints import add_endpoint
from infra.tasks import BackgroundTasks


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsOptions:
    """What the operator decided, as this room needs it."""

    public_url: str = ""
    registration_open: bool = True
    new_user_role: Role = Role.USER
    smtp_url: str = ""
    mail_from: str = ""
    mail_to_log: bool = False
    """Without a mail server, write the links of mails into the log: for a demonstration."""
    chain_id: int = 1
    chain_rpc_url: str = ""
    argon2: Argon2Parameters = ARGON2


def build_accounts(
    database: Database,
    secret: ServerSecret,
    options: AccountsOptions,
    *,
    passwords: Passwords,
    channel_keys: ChannelKeys,
    channels: ChannelFacts | None = None,
    clock: Clock = utc_now,
) -> Accounts:
    """The services, put together; nothing is opened or started."""
    mail = MailQueue(_delivery(options, clock))
    keys = SigningKeys(database, secret, clock=clock)
    sessions = SessionService(database, secret, keys, clock=clock)
    second_factors = SecondFactorService(database, secret, clock=clock)
    letters = LetterService(database, passwords, mail, clock=clock)
    api_keys = ApiKeyService(database, clock=clock)
    registry = PersonalDataRegistry()
    return Accounts(
        sign_in=SignInService(
            database,
            passwords,
            sessions,
            second_factors,
            letters,
            Registration(options.registration_open, options.new_user_role),
            # Only a mail that arrives somewhere can be waited for.
            confirm_addresses=bool(options.smtp_url),
            clock=clock,
        ),
        sessions=sessions,
        second_factors=second_factors,
        wallets=WalletService(
            database, chain_id=options.chain_id, contracts=_contracts(options), clock=clock
        ),
        letters=letters,
        account=AccountService(database, passwords, letters, clock=clock),
        api_keys=api_keys,
        people=PeopleService(database, passwords, clock=clock),
        privacy=PrivacyService(database, registry, clock=clock),
        audit=AuditLog(database, clock=clock),
        authorizer=AccountsAuthorizer(sessions, api_keys, channel_keys, channels or NoOwners(), clock=clock),
        personal_data=registry,
        mail=mail,
        passwords=passwords,
        clock=clock,
        sockets=SocketAccess(database, secret, sessions, api_keys, clock=clock),
        public_url=options.public_url,
    )


def add_accounts(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    secret: ServerSecret,
    options: AccountsOptions,
    channel_keys: ChannelKeys,
    channels: ChannelFacts | None = None,
    clock: Clock = utc_now,
) -> Accounts:
    """Registers accounts and becomes the application's authorizer. ``setup_endpoints`` has been called."""
    passwords = Passwords(options.argon2)
    accounts = build_accounts(
        database,
        secret,
        options,
        passwords=passwords,
        channel_keys=channel_keys,
        channels=channels,
        clock=clock,
    )
    app[ACCOUNTS] = accounts
    app[AUTHORIZER] = accounts.authorizer
    _add_endpoints(app)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        secret.check()
        running = [tasks.start("accounts_clean", accounts.privacy.keep_clean())]
        if accounts.mail.is_on:
            running.append(tasks.start("mail", accounts.mail.run()))
        yield
        for task in running:
            task.cancel()
        passwords.close()

    app.cleanup_ctx.append(run)
    return accounts


def _delivery(options: AccountsOptions, clock: Clock) -> Delivery | None:
    if options.smtp_url:
        return SmtpDelivery(options.smtp_url, options.mail_from, clock=clock)
    return LogDelivery() if options.mail_to_log else None


def _contracts(options: AccountsOptions) -> ContractSignatures | None:
    return RpcContractSignatures(options.chain_rpc_url, options.chain_id) if options.chain_rpc_url else None


def _add_endpoints(app: web.Application) -> None:
    add_endpoint(app, endpoints.SIGN_IN_OPTIONS, sign_in.sign_in_options)
    add_endpoint(app, endpoints.REGISTER, sign_in.register)
    add_endpoint(app, endpoints.SIGN_IN, sign_in.sign_in)
    add_endpoint(app, endpoints.SIGN_IN_BY_WALLET, sign_in.sign_in_by_wallet)
    add_endpoint(app, endpoints.SIGN_IN_SECOND_FACTOR, sign_in.sign_in_second_factor)
    add_endpoint(app, endpoints.REFRESH, sign_in.refresh)
    add_endpoint(app, endpoints.SIGN_OUT, sign_in.sign_out)
    add_endpoint(app, endpoints.NEW_NONCE, sign_in.new_nonce)
    add_endpoint(app, endpoints.ASK_PASSWORD_RESET, sign_in.ask_password_reset)
    add_endpoint(app, endpoints.RESET_PASSWORD, sign_in.reset_password)
    add_endpoint(app, endpoints.ASK_EMAIL_VERIFICATION, sign_in.ask_email_verification)
    add_endpoint(app, endpoints.VERIFY_EMAIL, sign_in.verify_email)
    add_endpoint(app, endpoints.GET_ME, me.get_me)
    add_endpoint(app, endpoints.CHANGE_ME, me.change_me)
    add_endpoint(app, endpoints.DELETE_ME, me.delete_me)
    add_endpoint(app, endpoints.EXPORT_ME, me.export_me)
    add_endpoint(app, endpoints.STEP_UP_ME, me.step_up)
    add_endpoint(app, endpoints.LIST_SESSIONS, me.list_sessions)
    add_endpoint(app, endpoints.REVOKE_SESSIONS, me.revoke_sessions)
    add_endpoint(app, endpoints.REVOKE_SESSION, me.revoke_session)
    add_endpoint(app, endpoints.LIST_WALLETS, me.list_wallets)
    add_endpoint(app, endpoints.ADD_WALLET, me.add_wallet)
    add_endpoint(app, endpoints.REMOVE_WALLET, me.remove_wallet)
    add_endpoint(app, endpoints.GET_SECOND_FACTOR, me.get_second_factor)
    add_endpoint(app, endpoints.BEGIN_SECOND_FACTOR, me.begin_second_factor)
    add_endpoint(app, endpoints.CONFIRM_SECOND_FACTOR, me.confirm_second_factor)
    add_endpoint(app, endpoints.REMOVE_SECOND_FACTOR, me.remove_second_factor)
    add_endpoint(app, endpoints.REPLACE_RECOVERY_CODES, me.replace_recovery_codes)
    add_endpoint(app, endpoints.LIST_API_KEYS, me.list_api_keys)
    add_endpoint(app, endpoints.CREATE_API_KEY, me.create_api_key)
    add_endpoint(app, endpoints.REVOKE_API_KEY, me.revoke_api_key)
    add_endpoint(app, endpoints.LIST_USERS, admin.list_users)
    add_endpoint(app, endpoints.SUSPEND, admin.suspend)
    add_endpoint(app, endpoints.UNSUSPEND, admin.unsuspend)
    add_endpoint(app, endpoints.SET_ROLE, admin.set_role)
    add_endpoint(app, endpoints.READ_AUDIT, admin.read_audit)
