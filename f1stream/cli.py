"""The command line: each verb reads the settings, reuses `app`, and speaks to a person."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import orjson

from f1stream import logs, loop, store
from f1stream.app import Running, running, vantage
from f1stream.catalogue.belief import combined
from f1stream.configuration import load
from f1stream.errors import ConfigurationError, F1StreamError
from f1stream.extractors import Roster, installed
from f1stream.hls.links import Kind, Link
from f1stream.models import Proof, Upstream, host_of
from f1stream.replicas import StateGone, announce_keys
from f1stream.secret import OLD_SECRET, SECRET
from f1stream.serving import checks_at, serve
from f1stream.settings import Settings

EXIT_FAILED = 1
EXIT_CONFIGURATION = 2

Verb = Callable[[argparse.Namespace, Settings, Roster], int]


def main(arguments: list[str] | None = None) -> None:
    """Run one verb and exit: 0 done, 1 failed, 2 the configuration or the command is wrong."""
    options = _parser().parse_args(arguments)
    try:
        roster = installed()
        for fault in roster.faults.values():
            print(f"note: {fault}", file=sys.stderr)
        settings = load(options.config, os.environ, roster)
        verb: Verb = options.verb
        sys.exit(verb(options, settings, roster))
    except ConfigurationError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        sys.exit(EXIT_CONFIGURATION)
    except F1StreamError as error:
        print(error.detail, file=sys.stderr)
        sys.exit(EXIT_FAILED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="f1stream", description=__doc__)
    parser.add_argument("--version", action="version", version=f"f1stream {version('f1stream')}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Verb, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.add_argument("--config", type=Path, metavar="FILE", help="the TOML file to read")
        sub.set_defaults(verb=run)
        return sub

    serving = verb("serve", _serve, "Serve the app and the proxy until stopped.")
    serving.add_argument("--host", help="address to listen on")
    serving.add_argument("--port", type=int, help="port to listen on; 0 takes a free one")
    serving.add_argument("--demo", action="store_true", help="add a test card to the sources")
    verb("check", _check, "Validate the configuration, naming every fault.")
    extracting = verb("extract", _extract, "Read the sources once and say what was found.")
    extracting.add_argument("--source", metavar="NAME", help="only this source")
    extracting.add_argument("--json", action="store_true", help="print JSON")
    rotating = verb(
        "rotate-secret",
        _rotate,
        "Sign links with a new key, from the next start on; replicas at once.",
    )
    rotating.add_argument("--now", action="store_true", help="end the links made until now")
    probing = verb("probe", _probe, "Say whether a URL is HLS, plays, and how fast it answers.")
    probing.add_argument("url", metavar="URL")
    probing.add_argument("--browser", action="store_true", help="play it in a browser as well")
    return parser


def _serve(options: argparse.Namespace, settings: Settings, roster: Roster) -> int:
    logs.configure(
        terminal=sys.stderr.isatty(),
        form=settings.server.log_format,
        level=settings.server.log_level,
    )
    given = {name: getattr(options, name) for name in ("host", "port")}
    server = settings.server.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    settings = settings.model_copy(update={"server": server})

    async def run() -> int:
        try:
            await serve(settings, roster=roster, demo=options.demo, started=_say_address)
        except OSError as error:
            print(f"can't listen on {server.host}:{server.port}: {error.strerror}", file=sys.stderr)
            return EXIT_FAILED
        return 0

    return loop.run(run())


def _say_address(url: str) -> None:
    print(f"f1stream is at {url}", flush=True)


def _check(options: argparse.Namespace, settings: Settings, roster: Roster) -> int:
    for source in settings.sources:
        if missing := source.missing():
            print(f"note: {source.name}: {missing}")
    print(f"The configuration is valid: {len(settings.sources)} sources.")
    return 0


def _extract(options: argparse.Namespace, settings: Settings, roster: Roster) -> int:
    if options.source is not None:
        chosen = tuple(source for source in settings.sources if source.name == options.source)
        if not chosen:
            names = ", ".join(source.name for source in settings.sources) or "none"
            print(f"no source is named {options.source!r}; there are: {names}", file=sys.stderr)
            return EXIT_FAILED
        settings = settings.model_copy(update={"sources": chosen})

    # Only what is printed needs it, and serving starts without it.
    from rich.console import Console

    from f1stream import reporting

    # The table says which sources fail.
    logging.getLogger("f1stream.jobs").setLevel(logging.ERROR)

    async def run() -> int:
        began_s = time.perf_counter()
        async with running(settings, roster=roster) as run:
            with reporting.progress(run.catalogue, Console(stderr=True)):
                await run.background.refresh.round()
            if options.json:
                rows = [reporting.row(entry) for entry in run.catalogue.all()]
                print(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
            else:
                reporting.show(run.catalogue, Console(), time.perf_counter() - began_s)
            return EXIT_FAILED if any(each.failing for each in run.catalogue.sources()) else 0

    return loop.run(run())


def _rotate(options: argparse.Namespace, settings: Settings, roster: Roster) -> int:
    if SECRET in os.environ:
        print(f"the key is {SECRET}: replace it, and name the one before {OLD_SECRET}")
        return EXIT_FAILED
    try:
        ended = store.rotate_link_key(settings.data.dir, grace=not options.now)
    except OSError as error:
        print(f"{settings.data.dir} can't be written: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED
    url = settings.data.redis_url
    if url is None:
        print("A new key signs links from the next start on; restart f1stream.")
    else:
        keys = store.link_keys(settings.data.dir)
        if loop.run(_announced(url.get_secret_value(), keys, ended)) == EXIT_FAILED:
            return EXIT_FAILED
        print("A new key signs links; the replicas follow by themselves.")
    if not options.now:
        print("Links made until now work until this is done again.")
    return 0


async def _announced(redis_url: str, keys: list[bytes], ended: list[bytes]) -> int:
    """Tell the replicas of the new key."""
    try:
        await announce_keys(redis_url, keys, ended)
    except StateGone as gone:
        print(f"the replicas don't know of it: {gone.detail}; run this again then", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _probe(options: argparse.Namespace, settings: Settings, roster: Roster) -> int:
    from rich.console import Console

    from f1stream import evidence

    async def run() -> int:
        async with running(settings, roster=roster) as run:
            verdict = await run.background.probe.check(Upstream(options.url))
            if options.browser and verdict.playable:
                with evidence.waiting("playing it in a browser", Console(stderr=True)):
                    verdict = combined(verdict, await _played(options.url, settings, run))
        evidence.show_verdict(host_of(options.url), verdict, Console())
        return 0 if verdict.playable else EXIT_FAILED

    return loop.run(run())


async def _played(url: str, settings: Settings, run: Running) -> Proof:
    """What a browser shows of a URL, played through this process as a viewer would."""
    link = Link(Kind.PLAYLIST, url, "probe")
    async with checks_at(run) as base:
        proven = await vantage(settings, run, base).prove(f"/{run.services.links.sign(link)}")
    return proven.proof
