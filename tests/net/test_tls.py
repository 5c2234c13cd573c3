"""TLS to upstream hosts, spoken with a real server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from f1stream.net.tls import MOST_HOSTS, Context, client_context

BODY = b"what it says" * 10_000


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def context(authority: trustme.CA, tmp_path: Path) -> Context:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return client_context(tmp_path / "ca.pem")


@asynccontextmanager
async def server(authority: trustme.CA, name: str = "localhost") -> AsyncIterator[int]:
    """A server that says its piece to everybody; yields its port."""

    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(BODY)
        await writer.drain()
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(tls)
    async with await asyncio.start_server(say, "127.0.0.1", 0, ssl=tls) as listening:
        yield listening.sockets[0].getsockname()[1]


async def visit(context: Context, port: int, name: str = "localhost") -> tuple[bytes, bool]:
    """What the server says, and whether an earlier session was resumed for it."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=name
    )
    said = await reader.read()
    resumed = writer.get_extra_info("ssl_object").session_reused
    writer.close()
    return said, resumed


async def test_the_second_connection_to_a_host_resumes_its_session(
    authority: trustme.CA, context: Context
) -> None:
    async with server(authority) as port:
        visits = [await visit(context, port) for _ in range(3)]
    assert visits == [(BODY, False), (BODY, True), (BODY, True)]


async def test_a_session_of_one_host_is_of_no_use_to_another(
    authority: trustme.CA, context: Context
) -> None:
    async with server(authority) as port, server(authority, "other.example") as other:
        assert await visit(context, port) == (BODY, False)
        assert await visit(context, other, "other.example") == (BODY, False)


async def test_only_so_many_hosts_are_remembered(authority: trustme.CA, context: Context) -> None:
    for number in range(MOST_HOSTS):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=f"{number}.example")
    async with server(authority) as port:
        assert await visit(context, port) == (BODY, False)
        for number in range(MOST_HOSTS):
            context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=f"{number}.example")
        assert await visit(context, port) == (BODY, False)


async def test_a_certificate_of_another_name_or_authority_is_refused(
    authority: trustme.CA, context: Context
) -> None:
    async with server(authority, "other.example") as port:
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await visit(context, port)
    async with server(trustme.CA()) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await visit(context, port)


def test_it_is_as_strict_as_the_library_s_own(context: Context) -> None:
    usual = ssl.create_default_context()
    assert context.verify_flags == usual.verify_flags
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.options == usual.options


def test_an_authority_of_one_s_own_comes_on_top_of_the_system_s(context: Context) -> None:
    assert len(context.get_ca_certs()) == len(client_context().get_ca_certs()) + 1
