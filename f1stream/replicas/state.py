"""What all replicas share, in Redis or Valkey: the only module that speaks to it.

Of a URL that holds a password nothing but the host is ever in a message.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from pydantic import ValidationError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import TimeoutError as Slow

from f1stream.replicas import scripts
from f1stream.replicas.bell import Bell, Table
from f1stream.replicas.errors import LeaseLost, StateGone

# How long Redis may take for one step; what is larger than a picture still comes in time.
STEP_S = 2.0
# More steps at a time wait for one of these.
CONNECTIONS = 8
_KEYS_OF_LINKS = (scripts.LINK_KEY, scripts.OLD_LINK_KEY, scripts.ENDED_LINK_KEYS)


class Beat(NamedTuple):
    """Whether a replica leads, and what is watched through the others."""

    leads: bool
    watched: tuple[str, ...]


class LinkKeys(NamedTuple):
    """The keys of links that all replicas use, the first to sign, and those that none accepts."""

    keys: tuple[bytes, ...]
    ended: frozenset[bytes]


class State:
    """The shared state as one replica sees it. Everything raises `StateGone`.

    `lease_s` is how long a replica leads after its last `beat`.
    """

    def __init__(self, redis: Redis, place: str, *, lease_s: float) -> None:
        self.lease_s = lease_s
        self._redis = redis
        self._place = place
        # Another one for each process, so that no two are ever taken for each other.
        self._replica = secrets.token_hex(8)

    def __repr__(self) -> str:
        return f"<State of replica {self._replica} at {self._place}>"

    async def link_keys(self, own: Sequence[bytes]) -> LinkKeys:
        """The keys of all replicas: the first two of `own`, where there are none yet."""
        given = (own[0].hex(), own[1].hex() if len(own) > 1 else "")
        key, old, ended = await self._run(scripts.LINK_KEYS, _KEYS_OF_LINKS, given)
        signing = self._key(scripts.LINK_KEY, key)
        before = (self._key(scripts.OLD_LINK_KEY, old),) if old else ()
        gone = (self._key(scripts.ENDED_LINK_KEYS, each) for each in ended)
        return LinkKeys((signing, *before), frozenset(gone))

    async def set_link_keys(self, keys: Sequence[bytes], ended: Iterable[bytes]) -> None:
        """Have all replicas sign with the first of `keys` from now on, and accept no `ended` one.

        The one that they sign with until now stays good where there is a second of `keys`; that
        one is for those who have none in common yet.
        """
        old = keys[1].hex() if len(keys) > 1 else ""
        arguments = (keys[0].hex(), old, _call("keys"), *(key.hex() for key in ended))
        await self._run(scripts.SET_LINK_KEYS, (*_KEYS_OF_LINKS, scripts.BELL), arguments)

    def _key(self, place: str, text: bytes) -> bytes:
        try:
            key = bytes.fromhex(_text(text))
        except ValueError:
            key = b""
        if not 16 <= len(key) <= 64:
            raise StateGone(f"{self._place} holds no link key in {place}; delete that key there")
        return key

    async def beat(self, watched: Iterable[str]) -> Beat:
        """Say that this replica lives and what is watched through it; lead where nobody does."""
        answer = await self._run(
            scripts.BEAT,
            (scripts.LEADER, scripts.WATCHED, scripts.BELL),
            (self._replica, round(self.lease_s * 1000), " ".join(watched), _call("beat")),
        )
        leads, *others = answer
        return Beat(leads == 1, tuple(" ".join(map(_text, others)).split()))

    async def leave(self) -> None:
        """Lead no longer, and take no part any more."""
        keys = (scripts.LEADER, scripts.WATCHED, scripts.BELL)
        await self._run(scripts.LEAVE, keys, (self._replica, _call("free")))

    async def names(self, table: Table) -> list[str]:
        """What there is in a table."""
        with self._told():
            return [_text(name) for name in await self._redis.hkeys(scripts.TABLES[table])]

    async def get(self, table: Table, name: str) -> bytes | None:
        """One value; None where there is none."""
        with self._told():
            return cast("bytes | None", await self._redis.hget(scripts.TABLES[table], name))

    async def put(self, table: Table, name: str, value: bytes) -> None:
        """Write one value, or remove it by an empty one, and tell the others.

        Raises `LeaseLost` where this replica does not lead, and then writes nothing.
        """
        keys = (scripts.LEADER, scripts.TABLES[table], scripts.BELL)
        arguments = (self._replica, name, value, _call(table, name=name))
        if not await self._run(scripts.PUT, keys, arguments):
            raise LeaseLost("another replica leads now")

    async def call(self, bell: Bell) -> None:
        """Tell all who listen."""
        with self._told():
            await self._redis.publish(scripts.BELL, bell.model_dump_json(exclude_defaults=True))

    async def wish(self, bell: Bell) -> bool:
        """Tell the replica that leads; False where none does."""
        call = bell.model_dump_json(exclude_defaults=True)
        keys = (scripts.LEADER, scripts.BELL)
        return bool(await self._run(scripts.WISH, keys, (call,)))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[Bell]]:
        """What is called from now on.

        There is a beat now and then, so that where nothing is heard for longer than a lease, the
        connection is given up.
        """
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            with self._told():
                await channel.subscribe(scripts.BELL)
            async with aclosing(self._heard(channel)) as heard:
                yield heard

    async def _heard(self, channel: PubSub) -> AsyncGenerator[Bell, None]:
        while True:
            with self._told():
                try:
                    async with asyncio.timeout(2 * self.lease_s + STEP_S):
                        message = await channel.get_message(timeout=None)
                except TimeoutError:
                    raise StateGone(f"{self._place} has gone silent") from None
            if message is not None and (bell := _bell(message["data"])):
                yield bell

    async def _run(self, script: str, keys: tuple[str, ...], arguments: tuple[Any, ...]) -> Any:
        with self._told():
            return await self._redis.register_script(script)(keys=keys, args=arguments)

    @contextmanager
    def _told(self) -> Iterator[None]:
        task = asyncio.current_task()
        cancelled = task.cancelling() if task else 0
        try:
            yield
            # Before Python 3.12, `asyncio.wait_for`, with which the client sends, can lose this.
            if task and task.cancelling() > cancelled:
                raise asyncio.CancelledError
        except AuthenticationError:
            raise StateGone(
                f"{self._place} lets nobody in with this user and password; set data.redis_url"
            ) from None
        except Slow:
            raise StateGone(f"{self._place} does not answer within {STEP_S:g} s") from None
        except ResponseError as error:
            # Out of memory, read-only, not allowed: the client has a class for each.
            fault = type(error).__name__
            raise StateGone(f"{self._place} refuses a command ({fault}); look there") from None
        except (RedisError, OSError):
            raise StateGone(
                f"{self._place} can't be reached; look there, or at data.redis_url"
            ) from None


@asynccontextmanager
async def connected(url: str, *, lease_s: float) -> AsyncIterator[State]:
    """The state at a URL; nothing is connected until the first use."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=STEP_S,
        socket_timeout=STEP_S,
        socket_connect_timeout=STEP_S,
        # Who asks decides when to ask again.
        retry=Retry(NoBackoff(), 0),
        client_name="f1stream",
        # To name itself, the client would read a file for each connection.
        driver_info=None,
    )
    redis = Redis.from_pool(pool)
    try:
        yield State(redis, f"Redis at {urlsplit(url).hostname or 'a socket'}", lease_s=lease_s)
    finally:
        await redis.aclose()


def _call(kind: Any, *, name: str = "") -> str:
    return Bell(kind=kind, name=name).model_dump_json(exclude_defaults=True)


def _bell(data: bytes) -> Bell | None:
    try:
        return Bell.model_validate_json(data)
    except ValidationError:
        # Of a newer version, or of somebody else.
        return None


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
