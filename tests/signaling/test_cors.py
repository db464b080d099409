"""Which pages may read answers."""

from signaling.cors import cors_headers, is_preflight


def test_any_origin_may_read_when_all_are_allowed() -> None:
    assert cors_headers("https://a.example", ["*"], preflight=False)["Access-Control-Allow-Origin"] == "*"


def test_a_listed_origin_is_repeated_and_caches_are_told() -> None:
    headers = cors_headers("https://a.example", ["https://a.example"], preflight=False)
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert headers["Vary"] == "Origin"


def test_an_unlisted_origin_and_a_request_without_one_get_no_permission() -> None:
    for origin in ("https://b.example", None):
        assert cors_headers(origin, ["https://a.example"], preflight=True) == {"Vary": "Origin"}


def test_only_a_browser_asking_for_permission_is_a_preflight() -> None:
    asking = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    assert is_preflight("OPTIONS", asking)
    assert not is_preflight("POST", asking)
    assert not is_preflight("OPTIONS", {})
