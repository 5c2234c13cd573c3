import type { Fault } from './recover.ts';
import type { Source, SourceEvents } from './source.ts';

const NEAR_EDGE_S = 15;
const BACK_FROM_EDGE_S = 6;

declare global {
	interface HTMLVideoElement {
		/** Safari: the date of position 0, an invalid one where the stream does not say. */
		getStartDate?(): Date;
	}
}

/** Plays HLS with the browser's own player, where it has one (Safari, some televisions). */
export function nativeSource(video: HTMLVideoElement, url: string, events: SourceEvents): Source {
	const listening = new AbortController();
	const { signal } = listening;
	video.addEventListener('loadedmetadata', () => events.onready(), { signal });
	video.addEventListener('progress', () => events.onprogress(), { signal });
	video.addEventListener('error', () => events.onfault(faultOf(video.error)), { signal });
	load();

	function load() {
		video.src = url;
		video.load();
	}

	function edge(): number | null {
		const { seekable, duration } = video;
		return duration === Infinity && seekable.length ? seekable.end(seekable.length - 1) : null;
	}

	return {
		restart: load,
		reload: load,
		recoverMedia: load,
		swapAudio: load,
		// The browser chooses among the levels itself, and does not tell.
		choose() {},
		chooseAudio() {},
		live() {
			const end = edge();
			if (end === null) return null;
			const behind = Math.max(0, end - video.currentTime);
			const position = Math.max(0, end - BACK_FROM_EDGE_S);
			return { behind, atEdge: behind <= NEAR_EDGE_S, position };
		},
		goLive() {
			const end = edge();
			if (end !== null) video.currentTime = Math.max(0, end - BACK_FROM_EDGE_S);
		},
		date() {
			const began = video.getStartDate?.().getTime() ?? NaN;
			return Number.isNaN(began) ? null : began + video.currentTime * 1000;
		},
		bandwidth: () => null,
		destroy() {
			listening.abort();
			video.removeAttribute('src');
			video.load();
		}
	};
}

function faultOf(error: MediaError | null): Fault {
	const isDecoding = error?.code === MediaError.MEDIA_ERR_DECODE;
	return {
		kind: isDecoding ? 'media' : 'network',
		status: null,
		detail: `media error ${error?.code ?? 0}`
	};
}
