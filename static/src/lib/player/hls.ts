import Hls, { ErrorDetails, ErrorTypes, Events, type ErrorData } from 'hls.js';
import workerPath from 'hls.js/dist/hls.worker.js?url';
import { offerToOtherDevices } from './airplay.ts';
import type { Fault } from './recover.ts';
import type { Source, SourceEvents, SourceOptions } from './source.ts';

// hls.js tries a little by itself, so that a lost packet stays unseen; recover.ts does the rest.
const policy = (toFirstByte: number, toLoad: number) => ({
	default: {
		maxTimeToFirstByteMs: toFirstByte,
		maxLoadTimeMs: toLoad,
		timeoutRetry: { maxNumRetry: 1, retryDelayMs: 0, maxRetryDelayMs: 0 },
		errorRetry: { maxNumRetry: 2, retryDelayMs: 500, maxRetryDelayMs: 2_000 }
	}
});

// How much further behind than intended still counts as live: segments come in steps.
const EDGE_SLACK_S = 4;
// What was played and can be gone back to without loading it again.
const BACK_BUFFER_S = 60;

/** Whether this browser has the Media Source Extensions that hls.js needs. */
export const isSupported = (): boolean => Hls.isSupported();

/** Plays HLS with hls.js. This module is loaded only when a player opens. */
export function hlsSource(
	video: HTMLVideoElement,
	url: string,
	events: SourceEvents,
	{ lowLatency }: SourceOptions
): Source {
	const hls = new Hls({
		workerPath,
		lowLatencyMode: lowLatency,
		backBufferLength: BACK_BUFFER_S,
		// A live stream has no end: its seek bar is a window that moves.
		liveDurationInfinity: true,
		// Four small pictures need no large ones.
		capLevelToPlayerSize: true,
		// Nor does a machine that cannot draw them.
		capLevelOnFPSDrop: true,
		manifestLoadPolicy: policy(10_000, 20_000),
		playlistLoadPolicy: policy(10_000, 20_000),
		fragLoadPolicy: policy(10_000, 40_000)
	});

	hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
		events.onlevels(
			levels.map(({ height, bitrate }, index) => ({ index, height: height || null, bitrate }))
		);
		events.onready();
	});
	hls.on(Events.LEVEL_SWITCHED, (_, { level }) => events.onlevel(level));
	hls.on(Events.FRAG_BUFFERED, () => events.onprogress());
	hls.on(Events.MEDIA_ATTACHED, () => offerToOtherDevices(video, url));
	const tellAudio = () =>
		events.onaudio(
			hls.audioTracks.map(({ name, lang }, index) => ({ index, name: name || lang || '' })),
			hls.audioTrack
		);
	hls.on(Events.AUDIO_TRACKS_UPDATED, tellAudio);
	hls.on(Events.AUDIO_TRACK_SWITCHED, tellAudio);
	hls.on(Events.ERROR, (_, data) => {
		if (data.fatal) events.onfault(faultOf(data));
	});
	hls.loadSource(url);
	hls.attachMedia(video);

	return {
		restart() {
			// Without a manifest there is nothing yet whose loading could go on.
			if (hls.levels.length) hls.startLoad();
			else hls.loadSource(url);
		},
		reload: () => hls.loadSource(url),
		recoverMedia: () => hls.recoverMediaError(),
		swapAudio() {
			hls.swapAudioCodec();
			hls.recoverMediaError();
		},
		choose(level) {
			hls.nextLevel = level ?? -1;
		},
		chooseAudio(track) {
			hls.audioTrack = track;
		},
		live() {
			const position = hls.liveSyncPosition;
			if (!hls.latestLevelDetails?.live || position === null) return null;
			const behind = Math.max(0, hls.latency);
			return { behind, atEdge: behind <= (hls.targetLatency ?? 0) + EDGE_SLACK_S, position };
		},
		goLive() {
			if (hls.liveSyncPosition !== null) video.currentTime = hls.liveSyncPosition;
		},
		date: () => hls.playingDate?.getTime() ?? null,
		bandwidth: () => (Number.isFinite(hls.bandwidthEstimate) ? hls.bandwidthEstimate : null),
		destroy: () => hls.destroy()
	};
}

const UNPLAYABLE: readonly ErrorDetails[] = [
	ErrorDetails.MANIFEST_PARSING_ERROR,
	ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
	ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
	ErrorDetails.BUFFER_ADD_CODEC_ERROR
];

function faultOf({ type, details, response }: ErrorData): Fault {
	if (UNPLAYABLE.includes(details) || type === ErrorTypes.KEY_SYSTEM_ERROR) {
		return { kind: 'format', status: null, detail: details };
	}
	const kind = type === ErrorTypes.NETWORK_ERROR ? 'network' : 'media';
	return { kind, status: response?.code || null, detail: details };
}
