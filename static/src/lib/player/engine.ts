/**
 * Plays one stream in one <video>: chooses what plays it, carries out what recover.ts decides,
 * and tells what goes on. It knows neither Svelte nor the page around the video.
 */
import { decide, type FailureReason, type Fault, type Taken } from './recover.ts';
import type { Level, Live, Source, SourceEvents, SourceOptions, Track } from './source.ts';
import { observe, type PlayerState } from './state.ts';
import { Watch } from './watch.ts';

export interface Callbacks {
	onstate(state: PlayerState): void;
	onlevels(levels: Level[]): void;
	/** The level that is shown now. */
	onlevel(index: number): void;
	onlive(live: Live | null): void;
	/** The renditions of the sound, and the one that is heard. */
	onaudio(tracks: Track[], chosen: number): void;
	/** The browser allowed no sound before the viewer touches the page. */
	onmuted(): void;
	/** A fault that stopped the source, whatever comes of it. */
	onfatal(fault: Fault): void;
	/** No remedy is left. */
	onfailed(reason: FailureReason, detail: string): void;
}

export interface Attachment {
	choose(level: number | null): void;
	chooseAudio(track: number): void;
	goLive(): void;
	play(): Promise<void>;
	live(): Live | null;
	date(): number | null;
	bandwidth(): number | null;
	destroy(): void;
}

const NATIVE_TYPE = 'application/vnd.apple.mpegurl';
const WATCH_MS = 1_000;
const STATE_EVENTS = ['playing', 'pause', 'waiting', 'canplay', 'seeking', 'seeked', 'ended'];

export function attach(
	video: HTMLVideoElement,
	url: string,
	callbacks: Callbacks,
	options: SourceOptions = { lowLatency: true }
): Attachment {
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

	function fail(reason: FailureReason, detail = '') {
		callbacks.onfailed(reason, detail);
		facts.failure = reason;
		source?.destroy();
		source = null;
		report();
	}

	function onfault(fault: Fault) {
		callbacks.onfatal(fault);
		const action = decide(fault, history, Date.now());
		history.push({ kind: action.kind, at: Date.now() });
		if (action.kind === 'give-up') return fail(action.reason, fault.detail);
		watch.reset();

		wanted ||= !video.paused;
		facts.recovering = true;
		report();
		if (action.kind === 'retry') {
			clearTimeout(retry);
			retry = setTimeout(() => source?.restart(), action.delay_ms);
		} else if (action.kind === 'reload') {
			source?.reload();
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

	const watch = new Watch(() => performance.now());
	const watching = setInterval(() => {
		const busy = facts.failure === null && (wanted || !video.paused);
		// A hidden video may rest without being stuck.
		const seen = document.visibilityState === 'visible';
		const { started } = facts;
		if (watch.isStuck({ due: busy && seen && !video.ended, at: video.currentTime, started })) {
			onfault({ kind: 'stall', status: null, detail: started ? 'stands still' : 'never starts' });
		}
	}, WATCH_MS);

	listen('playing', () => {
		facts.started = true;
		facts.recovering = false;
	});
	listen('pause', () => (wanted = false));
	listen('canplay', playIfWanted);
	for (const event of STATE_EVENTS) listen(event, report);
	listen('timeupdate', () => callbacks.onlive(source?.live() ?? null));
	report();

	const { onlevels, onlevel, onaudio } = callbacks;
	const events = { onready: playIfWanted, onprogress, onfault, onlevels, onlevel, onaudio };
	findSource(video, url, events, options, open.signal).then(
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
		chooseAudio: (track) => source?.chooseAudio(track),
		play,
		live: () => source?.live() ?? null,
		date: () => source?.date() ?? null,
		bandwidth: () => source?.bandwidth() ?? null,
		goLive() {
			source?.goLive();
			void play();
		},
		destroy() {
			open.abort();
			clearTimeout(retry);
			clearInterval(watching);
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
	options: SourceOptions,
	signal: AbortSignal
): Promise<Source | null> {
	if (hasMediaSource()) {
		const { hlsSource, isSupported } = await import('./hls.ts');
		if (signal.aborted) return null;
		if (isSupported()) return hlsSource(video, url, events, options);
	}
	if (!video.canPlayType(NATIVE_TYPE)) return null;
	const { nativeSource } = await import('./native.ts');
	return nativeSource(video, url, events);
}

/** Spares a browser without them the download of hls.js, which could only find out the same. */
function hasMediaSource(): boolean {
	return 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis;
}
