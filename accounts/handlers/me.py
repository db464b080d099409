"""One's own account."""

from typing import Any

from aiohttp import web

from accounts.app_keys import ACCOUNTS
from accounts.errors import ProofInvalid
from accounts.handlers.context import caller, no_cookies, origin_of, wallet_origin
from accounts.identity import SessionId
from accounts.permissions import STEP_UP_WITHIN, require_scope, require_step_up, stepped_up_until
from accounts.requests import ApiKeyRequest, CodeRequest, MeChange, StepUpRequest, WalletProof
from accounts.services.second_factors import SecondFactorProof
from accounts.views import (
    ApiKeysView,
    DevicesView,
    EmailChangeView,
    MeView,
    NewApiKeyView,
    RecoveryCodesView,
    SecondFactorSetupView,
    SecondFactorView,
    StepUpView,
    WalletsView,
    WalletView,
    view_api_key,
    view_device,
    view_me,
    view_wallet,
)
from infra.clock import rfc3339
from infra.endpoints import Answer, Call
from infra.rate_limiting import LIMITER


async def get_me(call: Call) -> MeView:
    return await _me(call.request)


async def change_me(call: Call[MeChange]) -> EmailChangeView:
    accounts = call.request.app[ACCOUNTS]
    identity, user_id = caller(call.request)
    change = call.body
    if change.email is not None or change.password is not None:
        require_scope(identity, None)
        require_step_up(identity, now=accounts.clock())
    origin = origin_of(call.request)
    if change.display_name is not None:
        await accounts.account.rename(user_id, change.display_name)
    if change.password is not None:
        await accounts.account.change_password(identity, change.password, origin)
    pending = False
    if change.email is not None:
        call.request.app[LIMITER].spend(call.request, "mail", f"user:{user_id}")
        pending = not await accounts.account.change_email(user_id, change.email, origin)
    return EmailChangeView(await _me(call.request), pending)


async def delete_me(call: Call) -> Answer:
    _, user_id = caller(call.request)
    await call.request.app[ACCOUNTS].privacy.delete(user_id)
    return Answer(cookies=no_cookies(call.request))


async def export_me(call: Call) -> Answer:
    _, user_id = caller(call.request)
    export: dict[str, Any] = dict(await call.request.app[ACCOUNTS].privacy.export(user_id))
    return Answer(export, headers={"Content-Disposition": 'attachment; filename="harmonie-export.json"'})


async def step_up(call: Call[StepUpRequest]) -> StepUpView:
    accounts = call.request.app[ACCOUNTS]
    identity, user_id = caller(call.request)
    match call.body:
        case StepUpRequest(password=str(password), code=None, recovery_code=None, wallet=None):
            call.request.app[LIMITER].spend(call.request, "account", f"user:{user_id}")
            await accounts.sign_in.step_up_by_password(identity, password)
        case StepUpRequest(password=None, code=None, recovery_code=None, wallet=WalletProof() as proof):
            address = await accounts.wallets.prove(
                proof.message, proof.signature, wallet_origin(call.request)
            )
            await accounts.sign_in.step_up_by_wallet(identity, address)
        case StepUpRequest(password=None, code=code, recovery_code=recovery_code, wallet=None) if (
            code is None
        ) != (recovery_code is None):
            call.request.app[LIMITER].spend(call.request, "code", f"user:{user_id}")
            await accounts.second_factors.step_up(identity, SecondFactorProof(code, recovery_code))
        case _:
            raise ProofInvalid("send one of `password`, `code`, `recovery_code`, `wallet`")
    return StepUpView(rfc3339(accounts.clock() + STEP_UP_WITHIN))


async def list_sessions(call: Call) -> DevicesView:
    identity, user_id = caller(call.request)
    listed = await call.request.app[ACCOUNTS].sessions.list(user_id)
    return DevicesView([view_device(each, identity.session_id) for each in listed])


async def revoke_sessions(call: Call) -> Answer:
    _, user_id = caller(call.request)
    await call.request.app[ACCOUNTS].sessions.revoke_all(user_id)
    return Answer(cookies=no_cookies(call.request))


async def revoke_session(call: Call) -> None:
    _, user_id = caller(call.request)
    await call.request.app[ACCOUNTS].sessions.revoke(user_id, SessionId(call.parts["session"]))


async def list_wallets(call: Call) -> WalletsView:
    _, user_id = caller(call.request)
    listed = await call.request.app[ACCOUNTS].wallets.list(user_id)
    return WalletsView([view_wallet(each) for each in listed])


async def add_wallet(call: Call[WalletProof]) -> WalletView:
    accounts = call.request.app[ACCOUNTS]
    _, user_id = caller(call.request)
    address = await accounts.wallets.prove(
        call.body.message, call.body.signature, wallet_origin(call.request)
    )
    return view_wallet(await accounts.wallets.add(user_id, address))


async def remove_wallet(call: Call) -> None:
    _, user_id = caller(call.request)
    await call.request.app[ACCOUNTS].wallets.remove(user_id, call.parts["address"])


async def get_second_factor(call: Call) -> SecondFactorView:
    _, user_id = caller(call.request)
    enabled, left = await call.request.app[ACCOUNTS].second_factors.status(user_id)
    return SecondFactorView(enabled, left)


async def begin_second_factor(call: Call) -> SecondFactorSetupView:
    _, user_id = caller(call.request)
    setup = await call.request.app[ACCOUNTS].second_factors.begin(user_id)
    return SecondFactorSetupView(setup.secret, setup.uri)


async def confirm_second_factor(call: Call[CodeRequest]) -> RecoveryCodesView:
    identity, user_id = caller(call.request)
    call.request.app[LIMITER].spend(call.request, "code", f"user:{user_id}")
    second_factors = call.request.app[ACCOUNTS].second_factors
    return RecoveryCodesView(await second_factors.confirm(user_id, identity.session_id, call.body.code))


async def remove_second_factor(call: Call) -> None:
    _, user_id = caller(call.request)
    await call.request.app[ACCOUNTS].second_factors.disable(user_id)


async def replace_recovery_codes(call: Call) -> RecoveryCodesView:
    _, user_id = caller(call.request)
    return RecoveryCodesView(await call.request.app[ACCOUNTS].second_factors.replace_recovery_codes(user_id))


async def list_api_keys(call: Call) -> ApiKeysView:
    _, user_id = caller(call.request)
    listed = await call.request.app[ACCOUNTS].api_keys.list(user_id)
    return ApiKeysView([view_api_key(each) for each in listed])


async def create_api_key(call: Call[ApiKeyRequest]) -> NewApiKeyView:
    _, user_id = caller(call.request)
    key, secret = await call.request.app[ACCOUNTS].api_keys.create(user_id, call.body.name, call.body.scopes)
    return NewApiKeyView(view_api_key(key), secret)


async def revoke_api_key(call: Call) -> None:
    _, user_id = caller(call.request)
    await call.request.app[ACCOUNTS].api_keys.revoke(user_id, call.parts["key"])


async def _me(request: web.Request) -> MeView:
    identity, user_id = caller(request)
    accounts = request.app[ACCOUNTS]
    until = stepped_up_until(identity, now=accounts.clock())
    me = await accounts.account.get(user_id)
    return view_me(me, identity.session_id, None if until is None else rfc3339(until))
