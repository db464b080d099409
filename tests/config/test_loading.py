"""Settings from four places: which one wins, and what is said when one is wrong."""

from pathlib import Path

import pytest

from config import Settings, SettingsError, load_settings


def load(environment: dict[str, str] | None = None, **more: object) -> Settings:
    return load_settings(environment=environment or {}, **more)  # type: ignore[arg-type]  # passed through


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "harmonie.toml"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_serve_everyone_on_8080() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.udp_port) == ("0.0.0.0", 8080, 8189)
    assert settings.demo is False


def test_the_later_place_wins(toml: Path) -> None:
    toml.write_text("port = 1\nudp_port = 1\npublisher_grace_s = 1\n")
    settings = load({"HARMONIE_PORT": "2", "HARMONIE_UDP_PORT": "2"}, flags={"port": "3"})
    assert (settings.port, settings.udp_port, settings.publisher_grace_s) == (3, 2, 1.0)


def test_a_file_can_be_named_by_flag_or_environment(tmp_path: Path) -> None:
    named = tmp_path / "named.toml"
    named.write_text("port = 5\n")
    other = tmp_path / "other.toml"
    other.write_text("port = 6\n")
    assert load({"HARMONIE_CONFIG": str(named)}).port == 5
    assert load({"HARMONIE_CONFIG": str(named)}, config_file=other).port == 6


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read the configuration file .*none\.toml"):
        load(config_file=tmp_path / "none.toml")


def test_demo_binds_to_loopback_unless_told_otherwise() -> None:
    assert load({"HARMONIE_DEMO": "true"}).host == "127.0.0.1"
    assert load(flags={"demo": True}).host == "127.0.0.1"
    assert load({"HARMONIE_HOST": "0.0.0.0"}, flags={"demo": True}).host == "0.0.0.0"


def test_lists_are_arrays_in_toml_and_commas_elsewhere(toml: Path) -> None:
    toml.write_text('public_addresses = ["203.0.113.5", "2001:db8::5"]\n')
    assert load().public_addresses == ("203.0.113.5", "2001:db8::5")
    settings = load({"HARMONIE_PUBLIC_ADDRESSES": " 203.0.113.6 , ", "HARMONIE_CORS_ORIGINS": ""})
    assert settings.public_addresses == ("203.0.113.6",)
    assert settings.cors_origins == ()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HARMONIE_PORT", "http", "a whole number from 0 to 65535"),
        ("HARMONIE_PORT", "65536", "a whole number from 0 to 65535"),
        ("HARMONIE_DEMO", "maybe", "true or false"),
        ("HARMONIE_PUBLISHER_GRACE_S", "-1", "a number of seconds from 0 to 86400"),
        ("HARMONIE_PUBLISHER_GRACE_S", "nan", "a number of seconds from 0 to 86400"),
        ("HARMONIE_PUBLIC_ADDRESSES", "example.org", "IP addresses"),
        ("HARMONIE_TRUSTED_PROXIES", "10.0.0.0/99", "networks such as 10.0.0.0/8"),
        ("HARMONIE_CORS_ORIGINS", "example.org", "origins such as https://example.org"),
        ("HARMONIE_LOG_FORMAT", "xml", "one of auto, console, json"),
        ("HARMONIE_DATA_DIR", "", "a path"),
    ],
)
def test_a_wrong_value_names_the_key_the_place_and_what_was_expected(
    variable: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as error:
        load({variable: value})
    assert str(error.value).startswith(f"{variable} in the environment: expected ")
    assert expected in str(error.value)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize(
    "line", ['port = "8080"', "port = true", "demo = 1", "log_level = 3", 'cors_origins = "*"']
)
def test_toml_values_have_their_own_types(toml: Path, line: str) -> None:
    toml.write_text(line)
    with pytest.raises(SettingsError, match=rf"^{line.split()[0]} in .*harmonie\.toml: expected "):
        load()


def test_a_wrong_flag_is_named_as_typed() -> None:
    with pytest.raises(SettingsError, match="^--udp-port: expected a whole number"):
        load(flags={"udp_port": "x"})


def test_an_unknown_key_is_refused_with_the_nearest_one(toml: Path) -> None:
    with pytest.raises(SettingsError, match="unknown setting HARMONIE_PROT; did you mean HARMONIE_PORT"):
        load({"HARMONIE_PROT": "1"})
    toml.write_text("udp-port = 1\n")
    with pytest.raises(SettingsError, match="unknown setting 'udp-port'; did you mean udp_port"):
        load()


def test_broken_toml_is_refused_with_its_place(toml: Path) -> None:
    toml.write_text("port = \n")
    with pytest.raises(SettingsError, match="not valid TOML.*line 1"):
        load()


def test_secrets_are_shown_neither_by_repr_nor_by_an_error() -> None:
    settings = load(
        {
            "HARMONIE_DATABASE_URL": "postgresql://me:hunter2@db/harmonie",
            "HARMONIE_ICE_SERVERS": "turn:me:hunter2@turn.example.org",
        }
    )
    assert settings.database_url == "postgresql://me:hunter2@db/harmonie"
    assert "hunter2" not in repr(settings)
    with pytest.raises(SettingsError) as error:
        load({"HARMONIE_ICE_SERVERS": "tarn:me:hunter2@turn.example.org"})
    assert "hunter2" not in str(error.value)
    assert error.value.__cause__ is None


def test_mails_need_a_sender_and_a_place_their_links_lead_to() -> None:
    mail = {"HARMONIE_SMTP_URL": "smtp://me:hunter2@mail.example.org"}
    place = {"HARMONIE_PUBLIC_URL": "https://stage.example.org"}
    sender = {"HARMONIE_MAIL_FROM": "Stage <stage@example.org>"}
    for given in (mail, mail | place, mail | sender):
        with pytest.raises(SettingsError, match="smtp_url needs public_url") as error:
            load(given)
        assert "hunter2" not in str(error.value)
    assert load(mail | place | sender).mail_from == "Stage <stage@example.org>"
    assert "hunter2" not in repr(load(mail | place | sender))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("PUBLIC_URL", "stage.example.org"),
        ("PUBLIC_URL", "https://stage.example.org/path"),
        ("PUBLIC_URL", "https://me@stage.example.org"),
        ("PUBLIC_URL", "https://stage.example.org:port"),
        ("SMTP_URL", "https://mail.example.org"),
        ("SMTP_URL", "smtp://"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@example.org\nBcc: b@example.org"),
        ("CHAIN_ID", "0"),
        ("CHAIN_RPC_URL", "ws://127.0.0.1"),
        ("REGISTRATION", "perhaps"),
        ("LOG_ADDRESSES", "none"),
        ("SECRET_KEY", "short"),
    ],
)
def test_a_wrong_setting_about_accounts_stops_the_start(name: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match=f"HARMONIE_{name} in the environment: expected"):
        load({f"HARMONIE_{name}": wrong})


def test_what_is_empty_is_not_set() -> None:
    empty = ("PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "CHAIN_RPC_URL", "SECRET_KEY")
    assert load({f"HARMONIE_{name}": "" for name in empty}) == load()
