"""What the API takes about accounts. Bounds here keep nonsense out; the cores say what is a good value."""

from typing import Annotated

import msgspec

from accounts.contract_signatures import SIGNATURE_MAX_BYTES
from accounts.display_names import DISPLAY_NAME_MAX_CHARACTERS
from accounts.emails import EMAIL_MAX_CHARACTERS
from accounts.password_rules import PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS
from accounts.siwe import MESSAGE_MAX_CHARACTERS
from accounts.views import RoleName, ScopeName
from infra.endpoints import PageQuery, RequestType

EmailText = Annotated[str, msgspec.Meta(max_length=EMAIL_MAX_CHARACTERS * 2, examples=["miles@example.org"])]
TriedPassword = Annotated[str, msgspec.Meta(max_length=PASSWORD_MAX_CHARACTERS * 5)]
NewPassword = Annotated[
    str,
    msgspec.Meta(
        max_length=PASSWORD_MAX_CHARACTERS * 5,
        description=f"At least {PASSWORD_MIN_CHARACTERS} characters, and not easy to guess.",
    ),
]
DisplayName = Annotated[
    str,
    msgspec.Meta(
        max_length=1_000,
        description=f"What others read: 1 to {DISPLAY_NAME_MAX_CHARACTERS} characters.",
        examples=["Miles"],
    ),
]
Code = Annotated[str, msgspec.Meta(max_length=40, examples=["492039"])]
Token = Annotated[str, msgspec.Meta(max_length=2_000)]
SiweText = Annotated[str, msgspec.Meta(max_length=MESSAGE_MAX_CHARACTERS, description="An EIP-4361 message.")]
SignatureText = Annotated[
    str, msgspec.Meta(max_length=2 + 2 * SIGNATURE_MAX_BYTES, description="Of `personal_sign`, `0x...`.")
]


class RegistrationRequest(RequestType, frozen=True):
    """Somebody new."""

    email: EmailText
    password: NewPassword
    display_name: DisplayName


class PasswordSignIn(RequestType, frozen=True):
    """The first proof, by password."""

    email: EmailText
    password: TriedPassword


class WalletProof(RequestType, frozen=True):
    """A message signed by a wallet, with a nonce of `POST /api/v1/siwe/nonce`."""

    message: SiweText
    signature: SignatureText


class SecondFactorSignIn(RequestType, frozen=True):
    """The second proof: a code of the app, or a recovery code."""

    ticket: Token
    code: Code | None = None
    recovery_code: Code | None = None


class StepUpRequest(RequestType, frozen=True):
    """A proof of identity: exactly one of these. An account with a second factor takes only a code."""

    password: TriedPassword | None = None
    code: Code | None = None
    recovery_code: Code | None = None
    wallet: WalletProof | None = None


class MeChange(RequestType, frozen=True):
    """What to change; what is left out stays. `email` and `password` need step-up."""

    display_name: DisplayName | None = None
    email: EmailText | None = None
    password: NewPassword | None = None


class CodeRequest(RequestType, frozen=True):
    """A code of the authenticator app."""

    code: Code


class ApiKeyRequest(RequestType, frozen=True):
    """A new key."""

    name: Annotated[str, msgspec.Meta(max_length=200, examples=["Stream deck"])]
    scopes: Annotated[list[ScopeName], msgspec.Meta(min_length=1, max_length=20)]


class EmailRequest(RequestType, frozen=True):
    """An address."""

    email: EmailText


class PasswordResetConfirmation(RequestType, frozen=True):
    """The token of the link in the mail, and the new password."""

    token: Token
    password: NewPassword


class EmailConfirmation(RequestType, frozen=True):
    """The token of the link in the mail; with the account's password, unless signed in to it."""

    token: Token
    password: TriedPassword | None = None


class UsersQuery(PageQuery, frozen=True):
    """Which people."""

    search: (
        Annotated[
            str,
            msgspec.Meta(
                max_length=254,
                description="Part of an e-mail address or a name, the beginning of an id, or a wallet's address.",
            ),
        ]
        | None
    ) = None


class RoleRequest(RequestType, frozen=True):
    """What somebody is from now on."""

    role: RoleName
