"""What the settings say about accounts, as that room takes it; apart from ``server.app``, which is slow to import."""

from accounts.feature import AccountsOptions
from accounts.passwords import ARGON2, Argon2Parameters
from config import Settings


def accounts_options(settings: Settings, argon2: Argon2Parameters = ARGON2) -> AccountsOptions:
    """Nothing here but names."""
    return AccountsOptions(
        public_url=settings.public_url,
        registration_open=settings.registration == "open",
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
        mail_to_log=settings.demo,
        chain_id=settings.chain_id,
        chain_rpc_url=settings.chain_rpc_url,
        argon2=argon2,
    )
