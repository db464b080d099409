"""What accounts offer over HTTP, one declaration each; ``accounts.handlers`` carries them out."""

from typing import Any

from accounts import errors, requests, views
from accounts.permissions import RULES, Permission
from infra.endpoints import PUBLIC, Endpoint, Page, PageQuery
from infra.request_errors import CrossOrigin, StepUpNeeded

_SIGN_IN = "Signing in"
_ME = "My account"
_ADMIN = "Administration"

_PASSWORD_ERRORS = (errors.PasswordWeak, errors.Busy)
_WALLET_ERRORS = (
    errors.SiweMalformed,
    errors.SiweRejected,
    errors.WalletSignInOff,
    errors.ChainUnavailable,
)

SIGN_IN_OPTIONS = Endpoint(
    method="GET",
    path="/api/v1/sign-in-options",
    summary="Get the ways to sign in",
    tag=_SIGN_IN,
    access=PUBLIC,
    answer=views.SignInOptionsView,
    etag=True,
    cache="no-cache",
)

REGISTER = Endpoint(
    method="POST",
    path="/api/v1/users",
    summary="Register with an e-mail address and a password",
    description=(
        "Answers the same for an address that has an account; its owner gets a mail. Sign in afterwards; where the "
        "answer says so, confirm the address first."
    ),
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.RegistrationRequest,
    answer=views.AcceptedView,
    status=202,
    errors=(
        errors.RegistrationClosed,
        errors.EmailInvalid,
        errors.DisplayNameInvalid,
        *_PASSWORD_ERRORS,
    ),
    limit="register",
)

SIGN_IN = Endpoint(
    method="POST",
    path="/api/v1/session",
    summary="Sign in with a password",
    description="Sets the refresh cookie, or answers with a ticket when the account has a second factor.",
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.PasswordSignIn,
    answer=views.SignInView,
    errors=(errors.CredentialsRejected, errors.AccountSuspended, errors.Busy),
    limit="sign_in",
)

SIGN_IN_BY_WALLET = Endpoint(
    method="POST",
    path="/api/v1/session/wallet",
    summary="Sign in with a wallet",
    description="A wallet that is new here gets a new account, where registration is open.",
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.WalletProof,
    answer=views.SignInView,
    errors=(*_WALLET_ERRORS, errors.AccountSuspended, errors.RegistrationClosed),
    limit="sign_in",
)

SIGN_IN_SECOND_FACTOR = Endpoint(
    method="POST",
    path="/api/v1/session/second-factor",
    summary="Sign in: the second factor",
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.SecondFactorSignIn,
    answer=views.SessionTokenView,
    errors=(errors.CodeRejected, errors.SessionEnded, errors.AccountSuspended),
    limit="sign_in",
)

REFRESH = Endpoint(
    method="POST",
    path="/api/v1/session/refresh",
    summary="Get a new access token",
    description=(
        "With the refresh cookie, from a page of this site. The cookie is replaced; one that was replaced more than "
        "30 s ago ends the session."
    ),
    tag=_SIGN_IN,
    access=PUBLIC,
    answer=views.SessionTokenView,
    errors=(errors.SessionEnded, CrossOrigin),
)

SIGN_OUT = Endpoint(
    method="DELETE",
    path="/api/v1/session",
    summary="Sign out",
    description="Ends the session of the refresh cookie or of the access token.",
    tag=_SIGN_IN,
    access=PUBLIC,
    errors=(CrossOrigin,),
)

NEW_NONCE = Endpoint(
    method="POST",
    path="/api/v1/siwe/nonce",
    summary="Get what a wallet's message has to hold",
    tag=_SIGN_IN,
    access=PUBLIC,
    answer=views.NonceView,
    status=201,
    errors=(errors.WalletSignInOff, errors.TooMany),
    limit="nonce",
)

ASK_PASSWORD_RESET = Endpoint(
    method="POST",
    path="/api/v1/password-reset",
    summary="Ask for a mail to choose a new password",
    description="Answers the same for every address.",
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.EmailRequest,
    status=202,
    errors=(errors.EmailInvalid, errors.MailOff),
    limit="mail",
)

RESET_PASSWORD = Endpoint(
    method="POST",
    path="/api/v1/password-reset/confirm",
    summary="Choose a new password",
    description="Signs out everywhere; sign in with the new password afterwards.",
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.PasswordResetConfirmation,
    errors=(errors.LinkRejected, *_PASSWORD_ERRORS),
    limit="sign_in",
)

ASK_EMAIL_VERIFICATION = Endpoint(
    method="POST",
    path="/api/v1/email-verification",
    summary="Ask for another mail to confirm an address",
    description="Answers the same for every address.",
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.EmailRequest,
    status=202,
    errors=(errors.EmailInvalid, errors.MailOff),
    limit="mail",
)

VERIFY_EMAIL = Endpoint(
    method="POST",
    path="/api/v1/email-verification/confirm",
    summary="Confirm an e-mail address",
    description="With the account's password, unless signed in to it: a click alone confirms nothing.",
    tag=_SIGN_IN,
    access=PUBLIC,
    body=requests.EmailConfirmation,
    errors=(errors.LinkRejected, errors.CredentialsRejected, errors.Busy),
    limit="sign_in",
)

GET_ME = Endpoint(
    method="GET",
    path="/api/v1/me",
    summary="Get my account",
    tag=_ME,
    access=RULES[Permission.READ_SELF],
    answer=views.MeView,
    errors=(errors.SessionEnded,),
)

CHANGE_ME = Endpoint(
    method="PATCH",
    path="/api/v1/me",
    summary="Change my account",
    description="The name at any time; address and password after step-up. A new password signs out everywhere else.",
    tag=_ME,
    access=RULES[Permission.CHANGE_SELF],
    body=requests.MeChange,
    answer=views.EmailChangeView,
    errors=(
        errors.SessionEnded,
        StepUpNeeded,
        errors.DisplayNameInvalid,
        errors.EmailInvalid,
        errors.EmailTaken,
        *_PASSWORD_ERRORS,
    ),
    limit="change",
)

DELETE_ME = Endpoint(
    method="DELETE",
    path="/api/v1/me",
    summary="Delete my account",
    description="At once and for good. What others need to make sense of stays without a name.",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    errors=(errors.SessionEnded, errors.LastAdmin),
    limit="change",
)

EXPORT_ME: Endpoint[None, None, Any] = Endpoint(
    method="GET",
    path="/api/v1/me/export",
    summary="Get everything that is kept about me",
    description="An object with a part for each room of the server.",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    answer=dict[str, Any],
    errors=(errors.SessionEnded,),
    limit="expensive",
)

STEP_UP_ME = Endpoint(
    method="POST",
    path="/api/v1/me/step-up",
    summary="Prove again who I am",
    description="Opens, for ten minutes and in this session, what asks for step-up.",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    body=requests.StepUpRequest,
    answer=views.StepUpView,
    errors=(
        errors.SessionEnded,
        errors.CredentialsRejected,
        errors.CodeRejected,
        errors.Busy,
        errors.ProofInvalid,
        *_WALLET_ERRORS,
    ),
    limit="sign_in",
)

LIST_SESSIONS = Endpoint(
    method="GET",
    path="/api/v1/me/sessions",
    summary="List the devices I am signed in on",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    answer=views.DevicesView,
    errors=(errors.SessionEnded,),
)

REVOKE_SESSIONS = Endpoint(
    method="DELETE",
    path="/api/v1/me/sessions",
    summary="Sign out everywhere",
    description="Here too.",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    errors=(errors.SessionEnded,),
    limit="change",
)

REVOKE_SESSION = Endpoint(
    method="DELETE",
    path="/api/v1/me/sessions/{session}",
    summary="Sign out one device",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    parts={"session": "The device's id."},
    errors=(errors.SessionEnded, errors.NotYours),
    limit="change",
)

LIST_WALLETS = Endpoint(
    method="GET",
    path="/api/v1/me/wallets",
    summary="List my wallets",
    tag=_ME,
    access=RULES[Permission.READ_SELF],
    answer=views.WalletsView,
    errors=(errors.SessionEnded,),
)

ADD_WALLET = Endpoint(
    method="POST",
    path="/api/v1/me/wallets",
    summary="Add a wallet",
    description="After step-up: whoever adds a wallet can sign in with it.",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    body=requests.WalletProof,
    answer=views.WalletView,
    status=201,
    errors=(errors.SessionEnded, *_WALLET_ERRORS, errors.WalletTaken, errors.TooMany),
    limit="change",
)

REMOVE_WALLET = Endpoint(
    method="DELETE",
    path="/api/v1/me/wallets/{address}",
    summary="Remove a wallet",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    parts={"address": "The wallet's address, `0x...`."},
    errors=(errors.SessionEnded, errors.WalletNotFound, errors.LastSignIn),
    limit="change",
)

GET_SECOND_FACTOR = Endpoint(
    method="GET",
    path="/api/v1/me/second-factor",
    summary="Get whether I have a second factor",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    answer=views.SecondFactorView,
    errors=(errors.SessionEnded,),
)

BEGIN_SECOND_FACTOR = Endpoint(
    method="POST",
    path="/api/v1/me/second-factor",
    summary="Set up a second factor",
    description="Not in force until confirmed with a code; asking again gives another secret.",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    answer=views.SecondFactorSetupView,
    status=201,
    errors=(errors.SessionEnded, errors.SecondFactorExists),
    limit="change",
)

CONFIRM_SECOND_FACTOR = Endpoint(
    method="POST",
    path="/api/v1/me/second-factor/confirm",
    summary="Put the second factor into force",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    body=requests.CodeRequest,
    answer=views.RecoveryCodesView,
    errors=(
        errors.SessionEnded,
        errors.CodeRejected,
        errors.SecondFactorMissing,
        errors.SecondFactorExists,
    ),
    limit="sign_in",
)

REMOVE_SECOND_FACTOR = Endpoint(
    method="DELETE",
    path="/api/v1/me/second-factor",
    summary="Remove the second factor",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    errors=(errors.SessionEnded, errors.SecondFactorMissing),
    limit="change",
)

REPLACE_RECOVERY_CODES = Endpoint(
    method="POST",
    path="/api/v1/me/recovery-codes",
    summary="Get ten new recovery codes",
    description="The old ones no longer work.",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    answer=views.RecoveryCodesView,
    errors=(errors.SessionEnded, errors.SecondFactorMissing),
    limit="change",
)

LIST_API_KEYS = Endpoint(
    method="GET",
    path="/api/v1/me/api-keys",
    summary="List my API keys",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    answer=views.ApiKeysView,
    errors=(errors.SessionEnded,),
)

CREATE_API_KEY = Endpoint(
    method="POST",
    path="/api/v1/me/api-keys",
    summary="Make an API key",
    description="It acts for me, as far as its scopes go. Its secret is shown once.",
    tag=_ME,
    access=RULES[Permission.SECURE_SELF],
    body=requests.ApiKeyRequest,
    answer=views.NewApiKeyView,
    status=201,
    errors=(errors.SessionEnded, errors.DisplayNameInvalid, errors.ScopeInvalid, errors.TooMany),
    limit="change",
)

REVOKE_API_KEY = Endpoint(
    method="DELETE",
    path="/api/v1/me/api-keys/{key}",
    summary="Revoke an API key",
    tag=_ME,
    access=RULES[Permission.WATCH_SELF],
    parts={"key": "The key's id."},
    errors=(errors.SessionEnded, errors.NotYours),
    limit="change",
)

LIST_USERS = Endpoint(
    method="GET",
    path="/api/v1/users",
    summary="List people",
    description="By the time they joined.",
    tag=_ADMIN,
    access=RULES[Permission.ADMINISTER_USERS],
    query=requests.UsersQuery,
    answer=Page[views.UserView],
    errors=(errors.SessionEnded,),
)

SUSPEND = Endpoint(
    method="POST",
    path="/api/v1/users/{user}/suspension",
    summary="Suspend somebody",
    description=(
        "Signs them out everywhere at once; their API keys and the stream keys of their channels stop working, and "
        "what they broadcast ends."
    ),
    tag=_ADMIN,
    access=RULES[Permission.SUSPEND_USERS],
    parts={"user": "The person's id."},
    answer=views.UserView,
    errors=(errors.SessionEnded, errors.UserNotFound, errors.LastAdmin),
    limit="change",
)

UNSUSPEND = Endpoint(
    method="DELETE",
    path="/api/v1/users/{user}/suspension",
    summary="Let somebody in again",
    tag=_ADMIN,
    access=RULES[Permission.SUSPEND_USERS],
    parts={"user": "The person's id."},
    answer=views.UserView,
    errors=(errors.SessionEnded, errors.UserNotFound),
    limit="change",
)

SET_ROLE = Endpoint(
    method="PUT",
    path="/api/v1/users/{user}/role",
    summary="Say what somebody is",
    tag=_ADMIN,
    access=RULES[Permission.SUSPEND_USERS],
    parts={"user": "The person's id."},
    body=requests.RoleRequest,
    answer=views.UserView,
    errors=(errors.SessionEnded, errors.UserNotFound, errors.LastAdmin),
    limit="change",
)

READ_AUDIT = Endpoint(
    method="GET",
    path="/api/v1/audit",
    summary="Read the audit log",
    description="The newest entries first. Names are as they are now; the log itself holds ids only.",
    tag=_ADMIN,
    access=RULES[Permission.READ_AUDIT],
    query=PageQuery,
    answer=Page[views.AuditEntryView],
    errors=(errors.SessionEnded,),
)
