"""What can go wrong with accounts, in the words of the domain."""

from typing import ClassVar

from infra.errors import DomainError


class AccountsError(DomainError):
    """Base of this room's errors."""


class CredentialsRejected(AccountsError):
    """Wrong address or password; which of them is not told, nor whether the account exists."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "The sign-in was refused"

    def __init__(
        self,
        detail: str = "the e-mail address and the password do not belong together, or the address is not confirmed yet",
    ) -> None:
        super().__init__(detail)


class CodeRejected(AccountsError):
    """The second factor's code or recovery code is wrong, or was used before."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "The code is not right"


class SessionEnded(AccountsError):
    """The access token, refresh cookie or ticket is expired, revoked, or not ours."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "You are signed out"

    def __init__(self, detail: str = "sign in again") -> None:
        super().__init__(
            detail, headers={"WWW-Authenticate": 'Bearer realm="harmonie", error="invalid_token"'}
        )


class AccountSuspended(AccountsError):
    """An admin has suspended the account; told only to somebody who proved that it is theirs."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "The account is suspended"


class RegistrationClosed(AccountsError):
    """The operator adds people by hand."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "This server takes no new accounts"


class EmailInvalid(AccountsError):
    """Not an e-mail address."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This is no e-mail address"


class EmailTaken(AccountsError):
    """Another account has this address; told only where nothing can hide it."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The e-mail address belongs to another account"


class PasswordWeak(AccountsError):
    """Too short, too common, or made of the address."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The password is too weak"


class DisplayNameInvalid(AccountsError):
    """Not a name to show."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This cannot be shown as a name"


class RoleInvalid(AccountsError):
    """There is no such role."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "There is no such role"


class ScopeInvalid(AccountsError):
    """There is no such scope."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "There is no such scope"


class UserNotFound(AccountsError):
    """No user has this id or address; told to admins and on the command line only."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such user"


class LastAdmin(AccountsError):
    """Without them nobody could administer the server."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This is the last admin"


class LinkRejected(AccountsError):
    """The link of a mail is unknown, used or expired."""

    status: ClassVar[int] = 410
    title: ClassVar[str] = "The link no longer works"

    def __init__(self, detail: str = "it was used, or is too old; ask for a new one") -> None:
        super().__init__(detail)


class MailOff(AccountsError):
    """The operator has configured no mail server."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "This server sends no mail"

    def __init__(self, detail: str = "ask the person who runs this server") -> None:
        super().__init__(detail)


class SiweMalformed(AccountsError):
    """Not a message of EIP-4361."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This is no Sign-In with Ethereum message"


class SiweRejected(AccountsError):
    """The message is for another site, chain or time, its nonce is spent, or its signature is wrong."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "The wallet's sign-in was refused"


class WalletSignInOff(AccountsError):
    """The server does not know its own public address, which messages are bound to."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "Signing in with a wallet is off"


class WalletTaken(AccountsError):
    """The wallet signs in to another account."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The wallet belongs to another account"


class WalletNotFound(AccountsError):
    """The account has no such wallet."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "The account has no such wallet"


class ChainUnavailable(AccountsError):
    """The chain's node did not answer; a contract wallet cannot be checked now."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "The chain cannot be asked"


class LastSignIn(AccountsError):
    """Without it nobody could sign in to the account again."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This is the only way to sign in"


class SecondFactorExists(AccountsError):
    """The account has one already."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "There is a second factor already"


class SecondFactorMissing(AccountsError):
    """The account has none, or its setup was not begun."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "There is no second factor"


class NotYours(AccountsError):
    """The session or key named does not exist, or is another's."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such thing in your account"


class TooMany(AccountsError):
    """An account holds only so many of these."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "There are too many of these"


class Busy(AccountsError):
    """More passwords are waiting to be checked than the server bears; ``Retry-After`` tells when to come back."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "The server is busy"

    def __init__(self) -> None:
        super().__init__("too many sign-ins at once; try again in a moment", headers={"Retry-After": "2"})


class SecretKeyUnusable(AccountsError):
    """The server's secret cannot be read, or stored values were sealed with another one."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "The server's secret key does not fit"


class ProofInvalid(AccountsError):
    """Step-up takes exactly one proof."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "Send exactly one proof"
