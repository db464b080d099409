"""Sign-In with Ethereum messages: the specification's own examples, made-up ones, and hostile ones."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.errors import SiweMalformed, SiweRejected
from accounts.ethereum import Address, checksum_address
from accounts.siwe import (
    CLOCK_SKEW,
    NONCE_LIFETIME,
    SiweExpectation,
    SiweMessage,
    check,
    parse,
    render,
)

ADDRESS = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
NOW = datetime(2021, 9, 30, 16, 25, 30, tzinfo=UTC)
EXPECTED = SiweExpectation("https://example.com", 1)

# The three examples of EIP-4361, section "Examples" (the specification is in the public domain).
_EXAMPLE = f"""\
{{opening}} wants you to sign in with your Ethereum account:
{ADDRESS}

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""
EXAMPLE = _EXAMPLE.format(opening="example.com")
EXAMPLES = [
    EXAMPLE,
    _EXAMPLE.format(opening="example.com:3388"),
    _EXAMPLE.format(opening="https://example.com"),
]

MINIMAL = f"""\
example.com wants you to sign in with your Ethereum account:
{ADDRESS}


URI: https://example.com
Version: 1
Chain ID: 1
Nonce: abcdefgh
Issued At: 2021-09-30T16:25:24Z"""

FULL = f"""\
https://example.com wants you to sign in with your Ethereum account:
{ADDRESS}

Play.

URI: https://example.com/login?a=b#c
Version: 1
Chain ID: 1116
Nonce: 32891756
Issued At: 2021-09-30T16:25:24.123+02:00
Expiration Time: 2021-09-30T17:25:24Z
Not Before: 2021-09-30T16:25:24Z
Request ID: some%20id:1
Resources:"""


@pytest.mark.parametrize("text", [*EXAMPLES, MINIMAL, FULL])
def test_what_the_specification_allows_is_read_and_written_alike(text: str) -> None:
    assert render(parse(text)) == text


def test_the_fields_of_an_example() -> None:
    assert parse(EXAMPLES[2]) == SiweMessage(
        scheme="https",
        domain="example.com",
        address=Address(ADDRESS),
        statement="I accept the ExampleOrg Terms of Service: https://example.com/tos",
        uri="https://example.com/login",
        chain_id=1,
        nonce="32891756",
        issued_at="2021-09-30T16:25:24Z",
        resources=(
            "ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/",
            "https://example.com/my-web2-claim.json",
        ),
    )


def test_no_statement_an_empty_one_and_one_that_looks_like_a_field_are_told_apart() -> None:
    assert parse(MINIMAL).statement is None
    empty = MINIMAL.replace(f"{ADDRESS}\n\n\n", f"{ADDRESS}\n\n\n\n")
    assert parse(empty).statement == ""
    like_a_field = MINIMAL.replace(f"{ADDRESS}\n\n\n", f"{ADDRESS}\n\nURI: https://evil.example\n\n")
    assert parse(like_a_field).statement == "URI: https://evil.example"
    assert parse(like_a_field).uri == "https://example.com"


HOSTILE = {
    "a trailing newline": EXAMPLE + "\n",
    "a trailing space": EXAMPLE + " ",
    "trailing bytes": EXAMPLE + "\x00",
    "a line after the resources": EXAMPLE + "\nChain ID: 5",
    "a leading newline": "\n" + EXAMPLE,
    "carriage returns": EXAMPLE.replace("\n", "\r\n"),
    "another line separator": EXAMPLE.replace("\n\nURI", "\u2028\nURI"),
    "a Cyrillic letter in the domain": EXAMPLE.replace("example.com wants", "ex\u0430mple.com wants"),
    "a fullwidth dot in the domain": EXAMPLE.replace("example.com wants", "example\uff0ecom wants"),
    "a joiner in the domain": EXAMPLE.replace("example.com wants", "exam\u200dple.com wants"),
    "a Cyrillic letter in the statement": EXAMPLE.replace("I accept", "I \u0430ccept"),
    "a quote in the statement": EXAMPLE.replace("I accept", 'I "accept"'),
    "Arabic digits in the chain id": EXAMPLE.replace("Chain ID: 1", "Chain ID: \u0661"),
    "Arabic digits in the nonce": EXAMPLE.replace(
        "32891756", "\u0663\u0662\u0668\u0669\u0661\u0667\u0665\u0666"
    ),
    "Arabic digits in the time": EXAMPLE.replace("2021-09", "\u0662021-09"),
    "a fullwidth letter in the address": EXAMPLE.replace(ADDRESS, ADDRESS.replace("C02", "\uff2302")),
    "an address in lower case": EXAMPLE.replace(ADDRESS, ADDRESS.lower()),
    "an address in upper case": EXAMPLE.replace(ADDRESS, "0x" + ADDRESS[2:].upper()),
    "an address with one wrong capital": EXAMPLE.replace("0xC02a", "0xc02a"),
    "an address too short": EXAMPLE.replace(ADDRESS, ADDRESS[:-1]),
    "a capital X": EXAMPLE.replace("0xC0", "0XC0"),
    "no domain": EXAMPLE.replace("example.com wants", " wants"),
    "two domains": EXAMPLE.replace("example.com wants", "example.com evil.example wants"),
    "a path in the domain": EXAMPLE.replace("example.com wants", "example.com/a wants"),
    "two openings": EXAMPLE.replace(
        "account:\n", "account: wants you to sign in with your Ethereum account:\n", 1
    ),
    "an opening in other capitals": EXAMPLE.replace("wants you", "Wants you"),
    "a bad scheme": EXAMPLE.replace("example.com wants", "1http://example.com wants"),
    "version 2": EXAMPLE.replace("Version: 1", "Version: 2"),
    "version 11": EXAMPLE.replace("Version: 1", "Version: 11"),
    "a chain id with a leading zero": EXAMPLE.replace("Chain ID: 1", "Chain ID: 01"),
    "a negative chain id": EXAMPLE.replace("Chain ID: 1", "Chain ID: -1"),
    "a hexadecimal chain id": EXAMPLE.replace("Chain ID: 1", "Chain ID: 0x1"),
    "a short nonce": EXAMPLE.replace("32891756", "3289175"),
    "a nonce with a hyphen": EXAMPLE.replace("32891756", "3289-1756"),
    "a time without a zone": EXAMPLE.replace("24Z", "24"),
    "a time that does not exist": EXAMPLE.replace("09-30T", "02-30T"),
    "a time in the 25th hour": EXAMPLE.replace("T16", "T25"),
    "no URI": EXAMPLE.replace("URI: https://example.com/login\n", ""),
    "a relative URI": EXAMPLE.replace("URI: https://example.com/login", "URI: /login"),
    "a space in the URI": EXAMPLE.replace("/login", "/log in"),
    "a bad escape in the URI": EXAMPLE.replace("/login", "/%zz"),
    "fields in another order": EXAMPLE.replace("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
    "a field twice": EXAMPLE.replace("Chain ID: 1", "Chain ID: 1\nChain ID: 1"),
    "two statements": EXAMPLE.replace("I accept", "One.\nI accept"),
    "no space after the name": EXAMPLE.replace("Nonce: ", "Nonce:"),
    "two spaces after the name": EXAMPLE.replace("Nonce: ", "Nonce:  "),
    "resources before the request id": EXAMPLE + "\nRequest ID: 1",
    "a resource without its mark": EXAMPLE.replace("- ipfs", "ipfs"),
    "nothing": "",
    "the opening alone": EXAMPLE.partition("\n")[0],
    "too much": MINIMAL.replace("abcdefgh", "a" * 5_000),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_the_specification_does_not_allow_is_refused(text: str) -> None:
    assert text not in (EXAMPLE, MINIMAL)
    with pytest.raises(SiweMalformed):
        parse(text)


@pytest.mark.parametrize("end", range(0, len(MINIMAL), 7))
def test_a_message_cut_off_is_none_unless_it_still_says_everything(end: int) -> None:
    with pytest.raises(SiweMalformed):
        parse(MINIMAL[: min(end, len(MINIMAL) - 2)])


unreserved = st.characters(codec="ascii", categories=("L", "Nd"), include_characters="-._~")
statements = st.text(st.sampled_from("abcXYZ 019-._~:/?#[]@!$&'()*+,;="), max_size=60)
times = st.builds(
    lambda moment, form: form(moment),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(
        (
            lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"),
            lambda moment: moment.isoformat(timespec="milliseconds"),
        )
    ),
)
paths = st.text(unreserved, max_size=20).map(lambda path: f"https://example.com/{path}")
addresses = st.binary(min_size=20, max_size=20).map(
    lambda raw: checksum_address("0x" + raw.hex()) or Address("")
)
messages = st.builds(
    SiweMessage,
    scheme=st.none() | st.sampled_from(("https", "http", "web+x")),
    domain=st.sampled_from(
        ("example.com", "localhost:8080", "[::1]:80", "user@10.0.0.1", "xn--e1afmkfd.example")
    ),
    address=addresses,
    statement=st.none() | statements,
    uri=paths,
    chain_id=st.integers(1, 2**256 - 1),
    nonce=st.text(st.characters(codec="ascii", categories=("L", "Nd")), min_size=8, max_size=40),
    issued_at=times,
    expiration_time=st.none() | times,
    not_before=st.none() | times,
    request_id=st.none() | st.text(unreserved, max_size=20),
    resources=st.none() | st.lists(paths, max_size=3).map(tuple),
)


@given(messages)
def test_what_is_written_is_read_again(message: SiweMessage) -> None:
    assert parse(render(message)) == message


@given(messages, st.data())
def test_whatever_is_put_into_a_message_it_is_refused_or_written_back_exactly(
    message: SiweMessage, data: st.DataObject
) -> None:
    text = render(message)
    at = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.text(min_size=1, max_size=3))
    changed = text[:at] + inserted + text[at + data.draw(st.integers(0, 3)) :]
    assume(changed != text)
    try:
        read = parse(changed)
    except SiweMalformed:
        return
    assert render(read) == changed
    assert read != message
    assert changed.isascii()


@given(st.text(max_size=300))
def test_no_text_brings_the_parser_down(text: str) -> None:
    with pytest.raises(SiweMalformed):
        parse(text)


def message(**changes: object) -> SiweMessage:
    fields: dict[str, object] = {
        "domain": "example.com",
        "address": Address(ADDRESS),
        "uri": "https://example.com/login",
        "chain_id": 1,
        "nonce": "32891756",
        "issued_at": "2021-09-30T16:25:24Z",
    }
    return SiweMessage(**{**fields, **changes})  # type: ignore[arg-type]  # names are those of the dataclass


def at(offset: timedelta) -> str:
    return (NOW + offset).isoformat()


def test_a_message_for_this_site_chain_and_moment_passes() -> None:
    check(message(), EXPECTED, now=NOW)
    check(message(scheme="HTTPS", domain="Example.COM"), EXPECTED, now=NOW)
    check(message(uri="https://example.com"), EXPECTED, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": "evil.example"},
        {"domain": "example.com:8080"},
        {"domain": "example.com.evil.example"},
        {"domain": "example.com@evil.example"},
        {"domain": "evil.example@example.com"},
        {"scheme": "http"},
        {"uri": "https://evil.example/login"},
        {"uri": "https://example.com.evil.example/"},
        {"uri": "https://example.com@evil.example/"},
        {"uri": "http://example.com/login"},
        {"chain_id": 5},
        {"issued_at": at(CLOCK_SKEW + timedelta(seconds=1))},
        {"issued_at": at(-NONCE_LIFETIME - CLOCK_SKEW - timedelta(seconds=1))},
        {"expiration_time": at(-CLOCK_SKEW)},
        {"not_before": at(CLOCK_SKEW + timedelta(seconds=1))},
    ],
)
def test_a_message_for_another_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SiweRejected):
        check(message(**changes), EXPECTED, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"issued_at": at(CLOCK_SKEW)},
        {"expiration_time": at(-CLOCK_SKEW + timedelta(seconds=1))},
        {"not_before": at(CLOCK_SKEW)},
    ],
)
def test_clocks_may_differ_a_little(changes: dict[str, object]) -> None:
    check(message(**changes), EXPECTED, now=NOW)
