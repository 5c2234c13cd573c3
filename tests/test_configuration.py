"""The configuration: what an operator may write, and what they are told where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from f1stream.configuration import OLD_NAMES, load
from f1stream.errors import ConfigurationError
from f1stream.extractors import OWN, Direct, Discord

WHOLE = """
[server]
host = "127.0.0.1"
port = 9000
public_url = "https://f1.example.org"
[data]
dir = "/tmp/f1stream"
[upstream]
allow_private = ["127.0.0.0/8", "fd00::/8"]
connect_timeout = 3
read_timeout = 7.5
user_agent = "me"
[cache]
segment_bytes = "64MiB"
[verify]
concurrency = 4
timeout = 10
[schedule]
enabled = false
url = "http://127.0.0.1:9002/f1"
path = "/tmp/f1stream/season.json"
[access]
admin_token = "sesame"
[[sources]]
type = "direct"
name = "Garage camera"
url = "http://127.0.0.1:9001/media.m3u8"
headers = { Referer = "https://example.org/" }
match = ["F1", "Formula 1"]
"""


@pytest.fixture(autouse=True)
def _somewhere_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def faults(text: str, path: Path, environ: dict[str, str] | None = None) -> list[str]:
    file = path / "broken.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file, environ or {})
    return [fault.removeprefix(f"{file}: ") for fault in caught.value.faults]


def test_without_file_and_environment_the_defaults_hold() -> None:
    settings = load(None, {})
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 8000)
    assert settings.sources == ()


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "f1stream.toml").write_text(WHOLE)
    settings = load(None, {})
    assert settings.server.port == 9000
    assert settings.cache.segment_bytes == 64 * 1024 * 1024
    assert [str(network) for network in settings.upstream.allow_private] == [
        "127.0.0.0/8",
        "fd00::/8",
    ]
    assert settings.schedule.path == Path("/tmp/f1stream/season.json")
    assert not settings.schedule.enabled
    (source,) = settings.sources
    assert isinstance(source, Direct)
    assert source.url.get_secret_value() == "http://127.0.0.1:9001/media.m3u8"


def test_the_file_is_the_named_one_then_the_variable_then_the_folder(tmp_path: Path) -> None:
    for name, port in (("f1stream.toml", 1), ("variable.toml", 2), ("named.toml", 3)):
        (tmp_path / name).write_text(f"[server]\nport = {port}")
    environ = {"F1STREAM_CONFIG": "variable.toml"}
    assert load(Path("named.toml"), environ).server.port == 3
    assert load(None, environ).server.port == 2
    assert load(None, {}).server.port == 1


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "f1stream.toml").write_text("[server]\nport = 1\nhost = '127.0.0.1'")
    settings = load(
        None,
        {
            "F1STREAM_SERVER__PORT": "2",
            "F1STREAM_UPSTREAM__ALLOW_PRIVATE": "10.0.0.0/8, 192.168.0.0/16",
            "F1STREAM_SOURCES": '[{"type": "direct", "name": "A", "url": "http://a.example/x"}]',
        },
    )
    assert (settings.server.port, settings.server.host) == (2, "127.0.0.1")
    assert len(settings.upstream.allow_private) == 2
    assert settings.sources[0].name == "A"


def test_names_of_the_first_version_keep_working_and_yield_to_new_ones() -> None:
    environ = {"PLAYBACK_VERIFY_CONCURRENCY": "3", "PLAYBACK_VERIFY_TIMEOUT": "9"}
    assert load(None, environ).verify.concurrency == 3
    environ["F1STREAM_VERIFY__CONCURRENCY"] = "5"
    assert load(None, environ).verify.concurrency == 5
    assert load(None, environ).verify.timeout == 9


def test_the_schedule_s_path_has_its_old_name_and_none_where_that_is_empty() -> None:
    assert load(None, {}).schedule.path is None
    assert load(None, {"SCHEDULE_PATH": ""}).schedule.path is None
    assert load(None, {"SCHEDULE_PATH": "/data/s.json"}).schedule.path == Path("/data/s.json")
    with pytest.raises(
        ConfigurationError, match=r"F1STREAM_SCHEDULE__URL: schedule\.url: write an"
    ):
        load(None, {"F1STREAM_SCHEDULE__URL": "ftp://a.example"})


def test_variables_that_a_cluster_injects_for_a_service_named_f1stream_are_not_ours() -> None:
    environ = {"F1STREAM_PORT": "tcp://10.0.0.1:80", "F1STREAM_SERVICE_HOST": "10.0.0.1"}
    assert load(None, environ).server.port == 8000


def test_every_fault_is_named_at_once_with_its_key_and_a_remedy(tmp_path: Path) -> None:
    told = faults(
        """
        [server]
        prot = 1
        port = "abc"
        workers = 65
        [upstream]
        allow_private = ["10.0.0.0/33"]
        ca_file = "/nowhere.pem"
        [cash]
        [[sources]]
        type = "direkt"
        name = "x"
        [[sources]]
        type = "direct"
        url = "ftp://a.example/"
        heders = {}
        """,
        tmp_path,
        {"F1STREAM_VERIFY__CONCURRENCY": "many", "F1STREAM_FOO__BAR": "1"},
    )
    assert sorted(told) == sorted(
        [
            "sources[1].type: 'direkt' is no extractor; write one of "
            + ", ".join(sorted(OWN.extractors)),
            "sources[2]: name: is missing; add it",
            "sources[2]: url: write an http:// or https:// URL with a host",
            "sources[2]: heders: unknown key; did you mean headers?",
            "server.prot: unknown key; did you mean port?",
            "server.port: write a whole number",
            "server.workers: input should be less than or equal to 64",
            'upstream.allow_private.0: write address ranges, such as ["10.0.0.0/8"]',
            "upstream.ca_file: name a file that exists",
            "cash: unknown key; did you mean cache?",
            "F1STREAM_VERIFY__CONCURRENCY: verify.concurrency: write a whole number",
            "F1STREAM_FOO__BAR: foo: unknown key; "
            "known are access, cache, data, limits, schedule, server, sources, upstream, verify",
        ]
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = [", "is not valid TOML"),
        ("sources = 3", "write each source as a [[sources]] table"),
        ("server = 3", "server: write a table"),
        ("[[sources]]\nname = 'x'", "sources[1].type: is missing"),
        ("[data]\ndir = 3", "data.dir: "),
    ],
)
def test_what_has_the_wrong_shape_is_named(tmp_path: Path, text: str, told: str) -> None:
    assert any(told in fault for fault in faults(text, tmp_path))


def test_a_file_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.toml: does not exist; create it"):
        load(Path("missing.toml"), {})


def test_two_sources_of_one_name_are_a_fault(tmp_path: Path) -> None:
    table = '[[sources]]\ntype = "direct"\nname = "A"\nurl = "http://a.example/"\n'
    assert faults(table * 2, tmp_path) == ["sources: two are named 'A'; give each its own name"]


@pytest.mark.parametrize(
    "option",
    [
        'url = "ftp://user:hunter2@a.example/"',
        'url = "http://a.example/?t=hunter2"\nheaders = { Cookie = "hunter2\\n" }',
        'url = "http://a.example/?t=hunter2"\nheaders = { "Co okie" = "hunter2" }',
        'url = "http://a.example/?t=hunter2"\nnope = "hunter2"',
    ],
)
def test_no_value_is_ever_shown(tmp_path: Path, option: str) -> None:
    told = faults(f'[[sources]]\ntype = "direct"\nname = "A"\n{option}', tmp_path)
    assert told
    assert "hunter2" not in "".join(told)


def test_settings_do_not_print_secrets(tmp_path: Path) -> None:
    (tmp_path / "f1stream.toml").write_text(WHOLE)
    shown = repr(load(None, {}))
    assert "sesame" not in shown
    assert "media.m3u8" not in shown


DISCORD = {"DISCORD_TOKEN": "hunter2", "DISCORD_CHANNELS": "123, 456"}


def test_the_first_version_s_discord_variables_make_a_source() -> None:
    (source,) = load(None, DISCORD).sources
    assert isinstance(source, Discord)
    assert (source.name, source.channels) == ("Discord", ("123", "456"))
    assert source.token.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(source)


@pytest.mark.parametrize(
    "environ",
    [
        {"DISCORD_TOKEN": "hunter2"},
        {"DISCORD_CHANNELS": "123"},
        {"DISCORD_TOKEN": "", "DISCORD_CHANNELS": "123"},
        {"DISCORD_TOKEN": "hunter2", "DISCORD_CHANNELS": " , "},
    ],
)
def test_one_discord_variable_alone_makes_none(environ: dict[str, str]) -> None:
    assert load(None, environ).sources == ()


def test_a_discord_source_of_the_file_takes_from_the_variables_what_it_leaves_out(
    tmp_path: Path,
) -> None:
    file = tmp_path / "f1stream.toml"
    file.write_text(
        '[[sources]]\ntype = "discord"\ndomains = ["example.org"]\nchannels = ["789"]\n'
    )
    (source,) = load(file, DISCORD).sources
    assert isinstance(source, Discord)
    assert (source.channels, source.domains) == (("789",), ("example.org",))
    assert source.token.get_secret_value() == "hunter2"


def test_a_fault_of_a_discord_variable_names_it_and_not_its_value() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(None, {"DISCORD_TOKEN": "Bot hunter2", "DISCORD_CHANNELS": "#general"})
    assert caught.value.faults == (
        "DISCORD_TOKEN: token: write the token alone, without spaces and without Bot before it",
        "DISCORD_CHANNELS: channels: write channel ids, which are numbers in quotes",
    )


def test_a_name_of_the_first_version_that_is_set_to_nothing_is_not_set() -> None:
    empty = {name: "" for name in OLD_NAMES}
    assert load(None, empty) == load(None, {})


def test_an_admin_token_of_nothing_is_none() -> None:
    assert load(None, {"F1STREAM_ACCESS__ADMIN_TOKEN": ""}).access.admin_token is None


@pytest.mark.parametrize("variable", ["F1STREAM_REDIS_URL", "F1STREAM_DATA__REDIS_URL"])
def test_redis_is_named_by_a_url_that_nobody_gets_to_see(variable: str) -> None:
    url = "rediss://f1:planted@redis.example:6379/0"
    settings = load(None, {variable: url})
    assert settings.data.redis_url is not None
    assert settings.data.redis_url.get_secret_value() == url
    assert "planted" not in repr(settings)
    assert load(None, {variable: ""}).data.redis_url is None
    for wrong in ("http://f1:planted@redis.example", "planted", "redis://", "unix://"):
        with pytest.raises(ConfigurationError) as caught:
            load(None, {variable: wrong})
        [fault] = caught.value.faults
        assert fault.startswith(f"{variable}: data.redis_url: write redis://")
        assert "planted" not in fault
