"""Scenarios: presets are sound, wrong keys are named, and who may be aimed at."""

from pathlib import Path

import pytest

from loadtest.errors import ScenarioError, TargetRefused
from loadtest.safety import check_targets
from loadtest.scenario import keys_of, parse_scenario, read_value
from loadtest.targets import Make, endpoints

PRESETS = sorted((Path(__file__).parents[2] / "loadtest" / "presets").glob("*.toml"))


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_a_preset_is_a_scenario_of_its_name(path: Path) -> None:
    assert parse_scenario(path.read_text()).name == path.stem


def test_a_flag_replaces_what_the_file_says() -> None:
    scenario = parse_scenario("[viewers]\ncount = 5\nramp_per_s = 2", {"viewers.count": "7", "duration_s": 3})
    assert (scenario.viewers.count, scenario.viewers.ramp_per_s, scenario.duration_s) == (7, 2.0, 3.0)


def test_artists_have_channels_and_keys_of_their_own() -> None:
    scenario = parse_scenario("[target]\nchannel = 'jam'\n[publishers]\ncount = 3")
    assert scenario.channels == ("jam", "jam-2", "jam-3")
    assert keys_of("one", 3) == ("one", "one", "one")
    assert keys_of("one, two,three", 3) == ("one", "two", "three")
    with pytest.raises(ScenarioError, match="2 stream keys for 3 artists"):
        keys_of("one,two", 3)
    assert parse_scenario("[publishers]\ncount = 0").channels == ("demo",)


def test_a_list_and_a_table_can_be_given_beside_the_file() -> None:
    given = {
        "publishers.simulcast": read_value('["h", "l"]'),
        "viewers.network": read_value("{ loss = 0.5 }"),
    }
    scenario = parse_scenario("", given)
    assert scenario.publishers.simulcast == ("h", "l")
    assert scenario.viewers.network is not None
    assert (scenario.viewers.network.loss, read_value("3")) == (0.5, "3")
    with pytest.raises(ScenarioError, match="not TOML"):
        read_value("[3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[viewers]\ncount = -1", "viewers.count: "),
        ("[viewers]\ncuont = 1", "cuont"),
        ("[publishers]\ncodec = 'H266'", "publishers.codec: "),
        ("duration_s = 0", "duration_s: "),
        ("[publishers]\nsimulcast = ['a', 'a']", "a name of its own"),
        ("[publishers]\nsimulcast = ['a b']", "publishers.simulcast"),
        ("viewers = 3", "viewers: "),
        ("=", "not TOML"),
    ],
    ids=["negative", "unknown", "codec", "nothing", "alike", "no name", "shape", "syntax"],
)
def test_a_wrong_scenario_is_refused_by_the_keys_name(text: str, words: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fe80::1%eth0", "fd00::7", "::ffff:10.0.0.1"]
)
def test_this_machine_and_private_networks_may_be_aimed_at(address: str) -> None:
    check_targets({"host": [address]}, is_own=False)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2001:4860:4860::8888", "0.0.0.0", "::ffff:8.8.8.8", "203.0.114.1"]
)
def test_anybody_elses_machine_only_on_somebodys_word(address: str) -> None:
    with pytest.raises(TargetRefused, match="--i-own-this-target"):
        check_targets({"near": ["127.0.0.1"], "far": ["10.0.0.1", address]}, is_own=False)
    check_targets({"far": [address]}, is_own=True)


def test_a_name_without_address_is_refused_whoever_owns_it() -> None:
    with pytest.raises(TargetRefused, match="no address"):
        check_targets({"host": []}, is_own=True)


@pytest.mark.parametrize(
    ("make", "whip", "whep"),
    [
        (Make.HARMONIE, "http://h:1/whip/a%2Fb", "http://h:1/whep/a%2Fb"),
        (Make.MEDIAMTX, "http://h:1/a%2Fb/whip", "http://h:1/a%2Fb/whep"),
        (Make.BROADCAST_BOX, "http://h:1/api/whip", "http://h:1/api/whep"),
    ],
    ids=lambda value: value if isinstance(value, Make) else "",
)
def test_each_make_has_its_paths(make: Make, whip: str, whep: str) -> None:
    found = endpoints(make, "http://h:1/", "a/b")
    assert (found.whip, found.whep) == (whip, whep)


def test_another_make_needs_templates() -> None:
    with pytest.raises(ScenarioError, match=r"target\.whip"):
        endpoints(Make.CUSTOM, "http://h:1", "a")
    found = endpoints(Make.CUSTOM, "http://h:1", "a", whip="/in/{channel}", whep="https://edge/out/{channel}")
    assert (found.whip, found.whep) == ("http://h:1/in/a", "https://edge/out/a")
    with pytest.raises(ScenarioError, match="no http"):
        endpoints(Make.CUSTOM, "file:///etc", "a", whip="/x", whep="/y")
