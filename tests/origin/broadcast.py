"""A broadcast with all that goes with one, live: every tag of a Multivariant Playlist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.origin.clock import Clock, RealClock
from tests.origin.features import Feature, json_response
from tests.origin.live import LiveWindow
from tests.origin.manners import CORS
from tests.origin.message import Request, Response, text
from tests.origin.origin import PLAYLIST, Origin
from tests.origin.programme import LANGUAGES, TILE, Programme
from tests.origin.steering import MANIFEST, Steering

H264 = "avc1.42c00c"
AAC = "mp4a.40.2"
CODECS = {"hevc": "hvc1.1.6.L30.90", "av1": "av01.0.00M.08"}
SESSION_DATA = {"title": "Grand Prix", "round": 1}


class Broadcast:
    """Variant Streams at two bitrates and in every codec, one without picture; sound and subtitles
    by language; captions, I-frames, thumbnails, session data.

    Media Playlists are `<pathway>/<rendition>/index.m3u8` beside the Multivariant Playlist, for
    every pathway of `steering`, or the single pathway `a`. `features` are those of the picture and
    the sound; `query` stands behind the addresses of Media Playlists. `windows` holds the
    `LiveWindow` of each rendition, the same for all pathways.
    """

    def __init__(
        self,
        programme: Programme,
        *,
        clock: Clock | None = None,
        window: int = 4,
        features: Sequence[Feature] = (),
        query: str = "",
        steering: Steering | None = None,
    ) -> None:
        self.steering = steering
        self._pathways = list(steering.pathways) if steering else ["a"]
        self._features = features
        self._query = query
        self._programme = programme
        clock = clock or RealClock()
        self.windows = {
            name: LiveWindow(
                path,
                window=window,
                clock=clock,
                features=features if name in _pictures(programme) or "audio" in name else (),
            )
            for name, path in _renditions(programme)
        }

    def mount(self, origin: Origin, prefix: str = "/broadcast/") -> str:
        """Serve below `prefix`, which ends with a slash; returns the Multivariant Playlist's
        address."""

        async def answer(request: Request) -> Response:
            return self._answer(request.path.removeprefix(prefix))

        for pathway in self._pathways:
            for name, window in self.windows.items():
                window.mount(origin, f"{prefix}{pathway}/{name}/")
        origin.behave(prefix, CORS)
        return origin.mount(prefix, answer) + "index.m3u8"

    def multivariant(self) -> str:
        """The Multivariant Playlist (RFC 8216bis, section 4.4.6)."""
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:11",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            *self._session(),
            '#EXT-X-SESSION-DATA:DATA-ID="org.example.title",VALUE="Grand Prix",LANGUAGE="en"',
            '#EXT-X-SESSION-DATA:DATA-ID="org.example.data",FORMAT=JSON,URI="session.json"',
        ]
        if self.steering:
            first = self._pathways[0]
            lines.append(f'#EXT-X-CONTENT-STEERING:SERVER-URI="{MANIFEST}",PATHWAY-ID="{first}"')
        lines.append(
            '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="Captions",LANGUAGE="en",'
            'DEFAULT=YES,AUTOSELECT=YES,INSTREAM-ID="CC1"'
        )
        for pathway in self._pathways:
            lines += self._pathway(pathway)
        return "\n".join([*lines, ""])

    def _session(self) -> Iterator[str]:
        for feature in self._features:
            yield from feature.session(f"{self._pathways[0]}/low/")

    def _answer(self, file: str) -> Response:
        if file == "index.m3u8":
            headers = {"Content-Type": PLAYLIST}
            return Response(self.multivariant().encode()).with_headers(headers)
        if file == MANIFEST and self.steering:
            return self.steering.manifest()
        if file == "session.json":
            return json_response(SESSION_DATA)
        return text("no such file\n", 404)

    def _pathway(self, pathway: str) -> Iterator[str]:
        for language, name in LANGUAGES.items():
            chosen = f"DEFAULT={'YES' if language == 'en' else 'NO'},AUTOSELECT=YES"
            named = f'LANGUAGE="{language}",NAME="{name}"'
            sound = self._address(pathway, f"audio-{language}")
            words = self._address(pathway, f"subtitles-{language}")
            yield (
                f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound-{pathway}",{named},{chosen},CHANNELS="2",'
                f'URI="{sound}"'
            )
            yield (
                f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words-{pathway}",{named},{chosen},FORCED=NO,'
                f'URI="{words}"'
            )
        for name, (path, codec) in _pictures(self._programme).items():
            yield self._variant(pathway, name, path, codec)
            yield self._address(pathway, name)
        bandwidth = _bandwidth(self._programme.audio["en"])
        yield (
            f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},CODECS="{AAC}",'
            f'AUDIO="sound-{pathway}"{self._steered(pathway)}'
        )
        yield self._address(pathway, "audio-en")
        i_frames, images = (self._address(pathway, name) for name in ("i-frames", "images"))
        yield (
            f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50000,CODECS="{H264}",RESOLUTION=160x90,'
            f'URI="{i_frames}"{self._steered(pathway)}'
        )
        yield (
            f'#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=10000,RESOLUTION={TILE},CODECS="jpeg",'
            f'URI="{images}"'
        )

    def _variant(self, pathway: str, name: str, path: Path, codec: str) -> str:
        bandwidth = _bandwidth(path) + _bandwidth(self._programme.audio["en"])
        return (
            f"#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},AVERAGE-BANDWIDTH={bandwidth},"
            f'CODECS="{codec},{AAC}",RESOLUTION=160x90,FRAME-RATE=25.000,VIDEO-RANGE=SDR,'
            f'STABLE-VARIANT-ID="{name}",AUDIO="sound-{pathway}",SUBTITLES="words-{pathway}",'
            f'CLOSED-CAPTIONS="captions"{self._steered(pathway)}'
        )

    def _address(self, pathway: str, rendition: str) -> str:
        return f"{pathway}/{rendition}/index.m3u8{self._query}"

    def _steered(self, pathway: str) -> str:
        return f',PATHWAY-ID="{pathway}"' if self.steering else ""


def _pictures(programme: Programme) -> dict[str, tuple[Path, str]]:
    others = {name: (path, CODECS[name]) for name, path in programme.others.items()}
    return {"low": (programme.low, H264), "high": (programme.high, H264), **others}


def _renditions(programme: Programme) -> Iterator[tuple[str, Path]]:
    for name, (path, _) in _pictures(programme).items():
        yield name, path
    for language in LANGUAGES:
        yield f"audio-{language}", programme.audio[language]
        yield f"subtitles-{language}", programme.subtitles[language]
    yield "i-frames", programme.i_frames
    yield "images", programme.images


def _bandwidth(playlist: Path) -> int:
    """The most bits of any segment, each of which is a second long."""
    return max(file.stat().st_size for file in playlist.parent.glob("*.m4s")) * 8
