/**
 * Plays one stream in one <video>: chooses what plays it, carries out what recover.ts decides,
 * and tells what goes on. It knows neither Svelte nor the page around the video.
 */
import { decide, type FailureReason, type Fault, type Taken } from './recover.ts';
import type { Level, Live, Source, SourceEvents } from './source.ts';
import { observe, type PlayerState } from './state.ts';

export interface Callbacks {
	onstate(state: PlayerState): void;
	onlevels(levels: Level[]): void;
	/** The level that is shown now. */
	onlevel(index: number): void;
	onlive(live: Live | null): void;
	/** The browser allowed no sound before the viewer touches the page. */
	onmuted(): void;
	/** A fault that stopped the source, whatever comes of it. */
	onfatal(fault: Fault): void;
}

export interface Attachment {
	choose(level: number | null): void;
	goLive(): void;
	destroy(): void;
}

const NATIVE_TYPE = 'application/vnd.apple.mpegurl';
const STATE_EVENTS = ['playing', 'pause', 'waiting', 'canplay', 'seeking', 'seeked', 'ended'];

export function attach(video: HTMLVideoElement, url: string, callbacks: Callbacks): Attachment {
	const open = new AbortController();
	const facts = {
		video,
		started: false,
		refused: false,
		recovering: false,
		failure: null as FailureReason | null
	};
	const history: Taken[] = [];
	let source: Source | null = null;
	let retry: ReturnType<typeof setTimeout> | undefined;
	// Whether to play as soon as that is possible: at first, and again after a remedy that
	// emptied the video element (which pauses it), unless the viewer paused in the meantime.
	let wanted = true;

	const report = () => callbacks.onstate(observe(facts));

	function listen(event: string, heard: () => void) {
		video.addEventListener(event, heard, { signal: open.signal });
	}

	function playIfWanted() {
		if (!wanted) return;
		wanted = false;
		void play();
	}

	async function play() {
		try {
			await video.play();
		} catch (error) {
			if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
			if (video.muted) {
				facts.refused = true;
				report();
			} else {
				video.muted = true;
				callbacks.onmuted();
				await play();
			}
		}
	}

	function fail(reason: FailureReason) {
		facts.failure = reason;
		source?.destroy();
		source = null;
		report();
	}

	function onfault(fault: Fault) {
		callbacks.onfatal(fault);
		const action = decide(fault, history, Date.now());
		history.push({ kind: action.kind, at: Date.now() });
		if (action.kind === 'give-up') return fail(action.reason);

		wanted ||= !video.paused;
		facts.recovering = true;
		report();
		if (action.kind === 'retry') {
			clearTimeout(retry);
			retry = setTimeout(() => source?.restart(), action.delay_ms);
		} else if (action.kind === 'recover-media') {
			source?.recoverMedia();
		} else {
			source?.swapAudio();
		}
	}

	function onprogress() {
		if (!facts.recovering) return;
		facts.recovering = false;
		report();
	}

	listen('playing', () => {
		facts.started = true;
		facts.recovering = false;
	});
	listen('pause', () => (wanted = false));
	listen('canplay', playIfWanted);
	for (const event of STATE_EVENTS) listen(event, report);
	listen('timeupdate', () => callbacks.onlive(source?.live() ?? null));
	report();

	const { onlevels, onlevel } = callbacks;
	const events = { onready: playIfWanted, onprogress, onfault, onlevels, onlevel };
	findSource(video, url, events, open.signal).then(
		(found) => {
			if (open.signal.aborted) found?.destroy();
			else if (found === null) fail('unsupported');
			else source = found;
		},
		() => {
			if (!open.signal.aborted) fail('player missing');
		}
	);

	return {
		choose: (level) => source?.choose(level),
		goLive() {
			source?.goLive();
			void play();
		},
		destroy() {
			open.abort();
			clearTimeout(retry);
			source?.destroy();
			source = null;
		}
	};
}

/** hls.js wherever it can work, since it can be watched and helped; else the browser itself. */
async function findSource(
	video: HTMLVideoElement,
	url: string,
	events: SourceEvents,
	signal: AbortSignal
): Promise<Source | null> {
	if (hasMediaSource()) {
		const { hlsSource, isSupported } = await import('./hls.ts');
		if (signal.aborted) return null;
		if (isSupported()) return hlsSource(video, url, events);
	}
	if (!video.canPlayType(NATIVE_TYPE)) return null;
	const { nativeSource } = await import('./native.ts');
	return nativeSource(video, url, events);
}

/** Spares a browser without them the download of hls.js, which could only find out the same. */
function hasMediaSource(): boolean {
	return 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis;
}
