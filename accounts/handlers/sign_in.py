"""Registering, signing in and out, and the links of mails."""

from aiohttp import web

from accounts.app_keys import ACCOUNTS
from accounts.authorizer import identity_of
from accounts.emails import email
from accounts.errors import EmailInvalid, MailOff
from accounts.handlers.context import (
    cookies_for,
    device_of,
    no_cookies,
    origin_of,
    refresh_cookie,
    wallet_origin,
)
from accounts.opaque_tokens import hash_token
from accounts.requests import (
    EmailConfirmation,
    EmailRequest,
    PasswordResetConfirmation,
    PasswordSignIn,
    RegistrationRequest,
    SecondFactorSignIn,
    WalletProof,
)
from accounts.services.second_factors import SecondFactorProof
from accounts.services.sessions import SignedIn
from accounts.services.sign_in import SecondFactorAsked
from accounts.views import AcceptedView, NonceView, SignInOptionsView, view_session_token, view_sign_in
from infra.clock import rfc3339
from infra.endpoints import Answer, Call
from infra.rate_limiting import LIMITER


async def sign_in_options(call: Call) -> SignInOptionsView:
    accounts = call.request.app[ACCOUNTS]
    return SignInOptionsView(
        registration=accounts.sign_in.registration.is_open,
        mail=accounts.letters.is_on,
        confirm_email=accounts.sign_in.confirm_addresses,
        wallet=origin_of(call.request) is not None,
        chain_id=accounts.wallets.chain_id,
    )


async def register(call: Call[RegistrationRequest]) -> AcceptedView:
    accounts = call.request.app[ACCOUNTS]
    body = call.body
    await accounts.sign_in.register(body.email, body.password, body.display_name, origin_of(call.request))
    return AcceptedView(accounts.sign_in.confirm_addresses)


async def sign_in(call: Call[PasswordSignIn]) -> Answer:
    accounts = call.request.app[ACCOUNTS]
    call.request.app[LIMITER].spend(call.request, "account", _account_subject(call.body.email))
    result = await accounts.sign_in.by_password(call.body.email, call.body.password, device_of(call.request))
    return _sign_in_answer(call.request, result)


async def sign_in_by_wallet(call: Call[WalletProof]) -> Answer:
    accounts = call.request.app[ACCOUNTS]
    address = await accounts.wallets.prove(
        call.body.message, call.body.signature, wallet_origin(call.request)
    )
    return _sign_in_answer(call.request, await accounts.sign_in.by_wallet(address, device_of(call.request)))


async def sign_in_second_factor(call: Call[SecondFactorSignIn]) -> Answer:
    accounts = call.request.app[ACCOUNTS]
    holder = await accounts.sign_in.ticket_holder(call.body.ticket)
    call.request.app[LIMITER].spend(call.request, "code", f"user:{holder}")
    proof = SecondFactorProof(call.body.code, call.body.recovery_code)
    signed_in = await accounts.sign_in.second_factor(call.body.ticket, proof, device_of(call.request))
    return _session_answer(call.request, signed_in)


async def refresh(call: Call) -> Answer:
    accounts = call.request.app[ACCOUNTS]
    signed_in = await accounts.sessions.refresh(refresh_cookie(call.request), device_of(call.request))
    return _session_answer(call.request, signed_in)


async def sign_out(call: Call) -> Answer:
    accounts = call.request.app[ACCOUNTS]
    identity = identity_of(call.request)
    await accounts.sessions.sign_out(refresh_cookie(call.request), identity.session_id)
    return Answer(cookies=no_cookies(call.request))


async def new_nonce(call: Call) -> NonceView:
    accounts = call.request.app[ACCOUNTS]
    origin = wallet_origin(call.request)
    nonce = await accounts.wallets.new_nonce()
    return NonceView(
        nonce=nonce.text,
        domain=origin.partition("://")[2],
        uri=origin,
        chain_id=accounts.wallets.chain_id,
        expires_at=rfc3339(nonce.expires_at),
    )


async def ask_password_reset(call: Call[EmailRequest]) -> None:
    letters = call.request.app[ACCOUNTS].letters
    letters.require_on()
    letters.send_password_reset(email(call.body.email), _mail_origin(call.request))


async def reset_password(call: Call[PasswordResetConfirmation]) -> None:
    await call.request.app[ACCOUNTS].letters.reset_password(call.body.token, call.body.password)


async def ask_email_verification(call: Call[EmailRequest]) -> None:
    letters = call.request.app[ACCOUNTS].letters
    letters.require_on()
    letters.send_verification(email(call.body.email), _mail_origin(call.request))


async def verify_email(call: Call[EmailConfirmation]) -> None:
    await call.request.app[ACCOUNTS].letters.confirm_email(
        call.body.token, signed_in=identity_of(call.request).user_id, password=call.body.password
    )


def _mail_origin(request: web.Request) -> str:
    origin = origin_of(request)
    if origin is None:
        raise MailOff("links cannot lead here until the operator sets HARMONIE_PUBLIC_URL")
    return origin


def _account_subject(address: str) -> str:
    """Counts attempts alike whether there is such an account, and keeps no address in memory."""
    try:
        checked: str = email(address)
    except EmailInvalid:
        checked = address
    return f"account:{hash_token(checked).hex()}"


def _sign_in_answer(request: web.Request, result: SignedIn | SecondFactorAsked) -> Answer:
    cookies = (
        cookies_for(request, result, request.app[ACCOUNTS].clock()) if isinstance(result, SignedIn) else ()
    )
    return Answer(view_sign_in(result), cookies=cookies)


def _session_answer(request: web.Request, signed_in: SignedIn) -> Answer:
    return Answer(
        view_session_token(signed_in),
        cookies=cookies_for(request, signed_in, request.app[ACCOUNTS].clock()),
    )
