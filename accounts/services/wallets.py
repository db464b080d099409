"""Wallets: nonces, proofs that a wallet is somebody's, and which wallets sign in to an account.

A proof is an EIP-4361 message and its signature. Its nonce is spent by the first look at it, right or wrong, so no
message is ever judged twice.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.audit import Action
from accounts.contract_signatures import SIGNATURE_MAX_BYTES, ContractSignatures
from accounts.errors import LastSignIn, SiweRejected, TooMany, WalletNotFound, WalletTaken
from accounts.ethereum import (
    Address,
    checksum_address,
    personal_message_hash,
    recover_signer,
    signature_bytes,
)
from accounts.identity import UserId
from accounts.records import Wallet
from accounts.repository import audit, users, wallets
from accounts.siwe import NONCE_LIFETIME, SiweExpectation, check, parse
from infra.clock import Clock, utc_now
from infra.database import Database

MAX_WALLETS = 20
MAX_NONCES = 10_000
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Nonce:
    """To be put into one message."""

    text: str
    expires_at: datetime


class WalletService:
    """``contracts`` is ``None`` when no chain is configured: contract wallets are then refused."""

    def __init__(
        self,
        database: Database,
        *,
        chain_id: int,
        contracts: ContractSignatures | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self.chain_id = chain_id
        self._contracts = contracts
        self._clock = clock

    async def new_nonce(self) -> Nonce:
        """Raises ``TooMany`` when ten thousand are waiting to be used."""
        now = self._clock()
        nonce = Nonce(secrets.token_hex(_NONCE_BYTES), now + NONCE_LIFETIME)
        async with self._database.write() as session:
            await wallets.drop_nonces(session, now)
            if await wallets.count_nonces(session) >= MAX_NONCES:
                raise TooMany("too many sign-ins have begun and not ended; try again in a few minutes")
            await wallets.add_nonce(session, nonce.text, nonce.expires_at)
        return nonce

    async def prove(self, message: str, signature: str, origin: str) -> Address:
        """The wallet that signed ``message`` for this server, now.

        Raises ``SiweMalformed``, ``SiweRejected``, ``ChainUnavailable``.
        """
        parsed = parse(message)
        now = self._clock()
        check(parsed, SiweExpectation(origin, self.chain_id), now=now)
        async with self._database.write() as session:
            spent = await wallets.spend_nonce(session, parsed.nonce, now)
        if not spent:
            raise SiweRejected("the nonce is not ours, or was used before")
        signed = signature_bytes(signature, SIGNATURE_MAX_BYTES)
        if signed is None:
            raise SiweRejected("the signature has to be hexadecimal, with 0x in front")
        message_hash = personal_message_hash(message)
        if recover_signer(message_hash, signed) == parsed.address:
            return parsed.address
        if self._contracts is not None and await self._contracts.is_valid(
            parsed.address, message_hash, signed
        ):
            return parsed.address
        raise SiweRejected("the signature is not the wallet's")

    async def list(self, user_id: UserId) -> Sequence[Wallet]:
        async with self._database.read() as session:
            return await wallets.of_user(session, user_id)

    async def add(self, user_id: UserId, address: Address) -> Wallet:
        """A proven wallet. Raises ``WalletTaken``, ``TooMany``; the person's own is simply there."""
        now = self._clock()
        async with self._database.write() as session:
            await users.get_for_update(session, user_id)
            held = await wallets.get(session, address)
            if held is not None:
                if held.user_id != user_id:
                    raise WalletTaken
                return held
            if len(await wallets.of_user(session, user_id)) >= MAX_WALLETS:
                raise TooMany(f"an account has at most {MAX_WALLETS} wallets")
            wallet = Wallet(address, user_id, now)
            await wallets.add(session, wallet)
            await audit.append(session, Action.WALLET_ADDED, at=now, actor=user_id, subject=user_id)
        return wallet

    async def remove(self, user_id: UserId, address: str) -> None:
        """Raises ``WalletNotFound``, and ``LastSignIn`` when there is no password and no other wallet."""
        now = self._clock()
        wallet = checksum_address(address)
        async with self._database.write() as session:
            user = await users.get_for_update(session, user_id)
            held = await wallets.of_user(session, user_id)
            if wallet is None or user is None or wallet not in [each.address for each in held]:
                raise WalletNotFound
            if len(held) == 1 and (user.password_hash is None or user.email is None):
                raise LastSignIn("set an e-mail address and a password first, or add another wallet")
            await wallets.remove(session, user_id, wallet)
            await audit.append(session, Action.WALLET_REMOVED, at=now, actor=user_id, subject=user_id)
