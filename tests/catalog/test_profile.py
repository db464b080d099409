"""What an artist may tell of themselves, and where they may be paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import ChannelDescriptionInvalid, ChannelLinksInvalid, PayoutWalletInvalid
from catalog.profile import description, links
from catalog.wallet import payout_wallet

# The examples of EIP-55.
CHECKSUMMED = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
]


def test_a_description_keeps_its_lines_and_loses_stray_space() -> None:
    assert description("  One \r\n\r\ntwo\rthree\t\n\n") == "One\n\ntwo\nthree"
    assert description("") == ""
    assert description("e\u0301") == "é"


@pytest.mark.parametrize("text", ["x" * 2_001, "x\n" * 61, "a\x00b", "a\x1b[2Jb", "a\u202eb", "a\ud800b"])
def test_a_description_that_cannot_be_shown_is_refused(text: str) -> None:
    with pytest.raises(ChannelDescriptionInvalid):
        description(text)


@given(st.text(max_size=300))
def test_a_description_that_was_taken_is_taken_again_unchanged(text: str) -> None:
    try:
        taken = description(text)
    except ChannelDescriptionInvalid:
        return
    assert description(taken) == taken
    taken.encode()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "HTTPS://Example.org/Path",
        "https://music.example.org:8443/a/b?c=d&e=%20#f",
        "https://xn--bcher-kva.example/",
        "https://example.org/" + "a" * 480,
    ],
)
def test_a_link_leads_to_a_public_host_over_https(url: str) -> None:
    assert [link.url for link in links([("Music", url)])] == [url]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org",
        "http://example.org",
        "javascript:alert(1)",
        "https:example.org",
        "https://",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://user@example.org/",
        "https://user:password@example.org/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\n",
        "https://example.org/\u202e",
        'https://example.org/"onclick="',
        "https://bücher.example/",
        "https://-example.org/",
        "https://example.org/" + "a" * 481,
    ],
)
def test_any_other_link_is_refused_and_told_by_its_number(url: str) -> None:
    with pytest.raises(ChannelLinksInvalid, match=r"^link 2: "):
        links([("Fine", "https://example.org"), ("Wrong", url)])


@pytest.mark.parametrize("label", ["", "  ", "x" * 41, "a\x00b", "a\u202eb"])
def test_a_label_that_cannot_be_shown_is_refused(label: str) -> None:
    with pytest.raises(ChannelLinksInvalid):
        links([(label, "https://example.org")])


def test_there_are_so_many_links_and_no_more() -> None:
    one = ("Music", "https://example.org")
    assert len(links([one] * 8)) == 8
    with pytest.raises(ChannelLinksInvalid, match="at most 8"):
        links([one] * 9)


@given(st.text(max_size=60))
def test_no_url_breaks_the_check(text: str) -> None:
    try:
        (link,) = links([("x", "https://" + text)])
    except ChannelLinksInvalid:
        return
    assert link.url.isascii()
    assert "." in link.url


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_a_wallet_has_the_capitals_of_its_checksum(address: str) -> None:
    assert payout_wallet(address) == address
    assert payout_wallet(address.lower()) == address
    assert payout_wallet("0x" + address[2:].upper()) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "miles.eth",
        "0x",
        "0X52908400098527886E0F7030069857D2E4169EE7",
        "52908400098527886E0F7030069857D2E4169EE7",
        "0x52908400098527886E0F7030069857D2E4169EE",
        "0x52908400098527886E0F7030069857D2E4169EE77",
        "0x52908400098527886E0F7030069857D2E4169EEg",
        "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed ",
        "0x" + "0" * 40,
        "0x" + "\uff11" * 40,
    ],
)
def test_what_was_mistyped_is_no_wallet(text: str) -> None:
    with pytest.raises(PayoutWalletInvalid):
        payout_wallet(text)


@given(st.sampled_from(CHECKSUMMED), st.integers(2, 41))
def test_one_letter_in_the_wrong_case_is_noticed(address: str, at: int) -> None:
    changed = address[:at] + address[at].swapcase() + address[at + 1 :]
    digits = changed[2:]
    if changed == address or digits in (digits.lower(), digits.upper()):
        return
    with pytest.raises(PayoutWalletInvalid):
        payout_wallet(changed)
