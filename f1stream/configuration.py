"""From a file and an environment to `Settings`, or to every fault at once.

A fault names the file or variable, the key and what to write instead. It never shows a value,
because values can be secrets.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from f1stream.errors import ConfigurationError
from f1stream.extractors import OWN, Extractor, Roster
from f1stream.settings import Section, Settings

DEFAULT_FILE = Path("f1stream.toml")

# Names that deployments of the first version set; they keep working.
OLD_NAMES = {
    "PLAYBACK_VERIFY_ENABLED": ("verify", "enabled"),
    "PLAYBACK_VERIFY_CONCURRENCY": ("verify", "concurrency"),
    "PLAYBACK_VERIFY_TIMEOUT": ("verify", "timeout"),
    "PLAYBACK_VERIFY_PROXY_BASE": ("verify", "proxy_base"),
    "CHROME_CDP_URL": ("verify", "cdp_url"),
    "SCHEDULE_PATH": ("schedule", "path"),
}

# Names for what several deployments of one have in common.
SHORT_NAMES = {"F1STREAM_REDIS_URL": ("data", "redis_url")}

_REMEDIES = {
    "missing": "is missing; add it",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "string_type": "write a text in quotes",
    "dict_type": 'write a table, such as { Referer = "https://example.org/" }',
    "model_type": "write a table",
    "model_attributes_type": "write a table",
    "tuple_type": "write a list",
    "byte_size": 'write a size such as "128MiB"',
    "byte_size_unit": 'write a size such as "128MiB"',
}

Key = tuple[str | int, ...]


def load(path: Path | None, environ: Mapping[str, str], roster: Roster = OWN) -> Settings:
    """The settings from `path` (or `$F1STREAM_CONFIG`, or ./f1stream.toml) and `environ`.

    `roster` has the extractors that sources may be of. Raises `ConfigurationError` with all faults.
    """
    file, faults = _read(path, environ)
    tables, origins = _overlaid(file.content, environ, faults)
    raw_sources = tables.pop("sources", [])
    origin = _origin(("sources",), file.name, origins)
    sources = _sources(raw_sources, environ, origin, roster, faults)
    try:
        settings = Settings.model_validate({**tables, "sources": sources})
    except ValidationError as error:
        faults.extend(_told(error, Settings, file.name, origins))
    if faults:
        raise ConfigurationError(faults)
    return settings


class _File:
    """A parsed configuration file and the name it has in messages."""

    def __init__(self, name: str, content: dict[str, Any]) -> None:
        self.name = name
        self.content = content


def _read(path: Path | None, environ: Mapping[str, str]) -> tuple[_File, list[str]]:
    chosen = path or (Path(environ["F1STREAM_CONFIG"]) if environ.get("F1STREAM_CONFIG") else None)
    if chosen is None and not DEFAULT_FILE.exists():
        return _File("configuration", {}), []
    file = chosen or DEFAULT_FILE
    try:
        return _File(str(file), tomllib.loads(file.read_text("utf-8"))), []
    except FileNotFoundError:
        fault = "does not exist; create it or name another with --config"
    except (OSError, UnicodeDecodeError) as error:
        fault = f"can't be read ({getattr(error, 'strerror', None) or 'not UTF-8'})"
    except tomllib.TOMLDecodeError as error:
        fault = f"is not valid TOML: {error}"
    return _File(str(file), {}), [f"{file}: {fault}"]


def _overlaid(
    content: dict[str, Any], environ: Mapping[str, str], faults: list[str]
) -> tuple[dict[str, Any], dict[Key, str]]:
    """The file's tables with the environment's values over them, and where those came from."""
    tables = {
        name: dict(value) if isinstance(value, dict) else value for name, value in content.items()
    }
    origins: dict[Key, str] = {}
    for variable, key, value in _from_environment(environ, faults):
        origins[key] = variable
        if key == ("sources",):
            tables["sources"] = value
            continue
        section = tables.setdefault(str(key[0]), {})
        if isinstance(section, dict):
            section[str(key[1])] = value
    return tables, origins


def _from_environment(
    environ: Mapping[str, str], faults: list[str]
) -> Iterator[tuple[str, Key, Any]]:
    for variable, (section, name) in {**OLD_NAMES, **SHORT_NAMES}.items():
        # A deployment's template fills in nothing for what it does not say.
        if environ.get(variable):
            yield variable, (section, name), environ[variable]
    for variable, text in sorted(environ.items()):
        # A Kubernetes service named f1stream injects F1STREAM_PORT and others: only names with
        # the double underscore are ours.
        if variable.startswith("F1STREAM_") and "__" in variable:
            section, _, name = variable.removeprefix("F1STREAM_").lower().partition("__")
            yield variable, (section, name), text
    if "F1STREAM_SOURCES" in environ:
        try:
            yield "F1STREAM_SOURCES", ("sources",), orjson.loads(environ["F1STREAM_SOURCES"])
        except orjson.JSONDecodeError:
            faults.append('F1STREAM_SOURCES: write JSON, such as [{"type": "direct", …}]')


def _discord(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the first version's variables say of Discord; nothing unless both are set."""
    token = environ.get("DISCORD_TOKEN", "").strip()
    channels = [part.strip() for part in environ.get("DISCORD_CHANNELS", "").split(",")]
    return {"token": token, "channels": channels} if token and any(channels) else {}


def _with_discord(tables: list[dict[str, Any]], said: dict[str, Any]) -> list[dict[str, Any]]:
    """`tables` with the options that `said` has and they leave out; one of its own if need be."""
    if said and not any(table.get("type") == "discord" for table in tables):
        return [*tables, {"type": "discord", **said}]
    return [said | table if table.get("type") == "discord" else table for table in tables]


def _sources(
    raw: Any, environ: Mapping[str, str], origin: str, roster: Roster, faults: list[str]
) -> tuple[Extractor, ...]:
    if not isinstance(raw, list) or not all(isinstance(table, dict) for table in raw):
        faults.append(f"{origin}: sources: write each source as a [[sources]] table")
        return ()
    discord = _discord(environ)
    sources: list[Extractor] = []
    for number, table in enumerate(_with_discord(raw, discord), 1):
        options = dict(table)
        kind = options.pop("type", None)
        where = f"sources[{number}]"
        if not isinstance(kind, str) or kind not in roster.extractors:
            faults.append(f"{origin}: {where}.type: {_unknown_type(kind, roster)}")
            continue
        extractor = roster.extractors[kind]
        variables: dict[Key, str] = {
            (name,): f"DISCORD_{name.upper()}"
            for name, value in discord.items()
            if options.get(name) is value
        }
        try:
            sources.append(extractor.model_validate(options))
        except ValidationError as error:
            faults.extend(_told(error, extractor, f"{origin}: {where}", variables))
    faults.extend(_repeated(sources, origin))
    return tuple(sources)


def _unknown_type(kind: object, roster: Roster) -> str:
    if isinstance(kind, str) and kind in roster.faults:
        return f"{roster.faults[kind]}; reinstall or replace that package"
    fault = "is missing" if kind is None else f"{str(kind)[:40]!r} is no extractor"
    return f"{fault}; write one of {', '.join(sorted(roster.extractors))}"


def _repeated(sources: list[Extractor], origin: str) -> Iterator[str]:
    seen: set[str] = set()
    for source in sources:
        if source.name in seen:
            yield f"{origin}: sources: two are named {source.name!r}; give each its own name"
        seen.add(source.name)


def _told(
    error: ValidationError,
    model: type[Section] | type[Extractor],
    file: str,
    origins: dict[Key, str],
) -> Iterator[str]:
    """Each fault of `error` as a sentence."""
    for fault in error.errors(include_url=False, include_input=False):
        key = fault["loc"]
        dotted = ".".join(str(part) for part in key)
        origin = _origin(key, file, origins)
        yield f"{origin}: {dotted}: {_remedy(fault['type'], fault['msg'], key, model)}"


def _origin(key: Key, file: str, origins: dict[Key, str]) -> str:
    for length in range(len(key), 0, -1):
        if key[:length] in origins:
            return origins[key[:length]]
    within = [origin for at, origin in origins.items() if at[: len(key)] == key]
    return within[0] if len(within) == 1 else file


def _remedy(kind: str, message: str, key: Key, model: type[Section] | type[Extractor]) -> str:
    if kind == "extra_forbidden":
        known = _known_keys(model, key[:-1])
        near = difflib.get_close_matches(str(key[-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        return f"unknown key; {hint}"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return _REMEDIES.get(kind, message[:1].lower() + message[1:])


def _known_keys(model: type[Section] | type[Extractor], path: Key) -> list[str]:
    fields = model.model_fields
    for part in path:
        nested = fields[str(part)].annotation if str(part) in fields else None
        if not (isinstance(nested, type) and issubclass(nested, Section)):
            return []
        fields = nested.model_fields
    return sorted(field.alias or name for name, field in fields.items())
