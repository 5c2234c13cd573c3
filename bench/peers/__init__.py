"""Everything that is measured; f1stream first, each of the others in a file of the same shape."""

from __future__ import annotations

from bench.peers.base import Ground, Peer, Service
from bench.peers.f1stream import F1Stream, OnDemand
from bench.peers.hls_proxy import HLSProxy
from bench.peers.mediaflow import Mediaflow
from bench.peers.nginx import Nginx, NginxCache, NginxSendfile
from bench.peers.old_relay import OldRelay
from bench.peers.varnish import Varnish

__all__ = ["PEERS", "Ground", "Peer", "Service"]

PEERS: tuple[Peer, ...] = (
    F1Stream(),
    OnDemand(),
    Nginx(),
    NginxCache(),
    NginxSendfile(),
    Varnish(),
    Mediaflow(),
    HLSProxy(),
    OldRelay(),
)
