import Hls, { ErrorDetails, ErrorTypes, Events, type ErrorData, type LevelDetails } from 'hls.js';
import { isWithheld, reasonIn } from './answers.ts';
import { nothingSeen, note, type Seen } from './report.ts';

// A little patience, since a lost packet is not the stream's fault; the rest is for the next check.
const policy = {
	default: {
		maxTimeToFirstByteMs: 10_000,
		maxLoadTimeMs: 20_000,
		timeoutRetry: { maxNumRetry: 0, retryDelayMs: 0, maxRetryDelayMs: 0 },
		errorRetry: { maxNumRetry: 2, retryDelayMs: 500, maxRetryDelayMs: 1_000 }
	}
};
const NO_DECODER: readonly ErrorDetails[] = [
	ErrorDetails.BUFFER_ADD_CODEC_ERROR,
	ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
	ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR
];
const HEAD_BYTES = 64 * 1024;
const MOST_KEYS = 20;
// A server may take one and a half target durations to add a segment (RFC 8216bis, 6.2.1).
const UPDATE_WITHIN = 1.5;

export const isSupported = (): boolean => Hls.isSupported();

/** Plays HLS with hls.js as the app does, with less ahead; what it returns fills in with time. */
export function playHls(video: HTMLVideoElement, url: string): Seen {
	const seen = nothingSeen(`hls.js ${Hls.version}`);
	const hls = new Hls({
		enableWorker: false,
		maxBufferLength: 8,
		maxMaxBufferLength: 16,
		startFragPrefetch: true,
		testBandwidth: false,
		manifestLoadPolicy: policy,
		playlistLoadPolicy: policy,
		fragLoadPolicy: policy,
		keyLoadPolicy: policy
	});
	const edges = new Map<string, string>();
	let recovered = false;
	let variants: string[] = [];

	hls.on(Events.MANIFEST_LOADED, (_, data) => {
		variants = data.levels.map((level) => level.url);
	});
	hls.on(Events.MANIFEST_PARSED, () => (seen.manifest = true));
	hls.on(Events.LEVEL_LOADED, (_, { details, levelInfo }) => {
		noteDetails(seen, details, edges, levelInfo.uri);
	});
	hls.on(Events.FRAG_LOADED, (_, { frag, payload }) => {
		if (frag.sn === 'initSegment') return;
		seen.segments++;
		if (!frag.decryptdata?.encrypted) noteHead(seen, payload, frag.initSegment?.data);
	});
	hls.on(Events.FRAG_DECRYPTED, (_, { frag, payload }) => {
		noteHead(seen, payload, frag.initSegment?.data);
	});
	hls.on(Events.BUFFER_CODECS, (_, tracks) => {
		const found = Object.values(tracks).map((track) => track?.codec || track?.levelCodec || '');
		const codecs = found.flatMap((codec) => codec.split(',')).filter(Boolean);
		seen.codecs = [...new Set([...seen.codecs, ...codecs])];
	});
	hls.on(Events.BUFFER_APPENDED, () => (seen.appended = true));
	hls.on(Events.FRAG_BUFFERED, () => (seen.bandwidth_bps = Math.round(hls.bandwidthEstimate)));
	hls.on(Events.ERROR, (_, data) => void onError(data));
	hls.loadSource(url);
	hls.attachMedia(video);
	return seen;

	async function onError(data: ErrorData): Promise<void> {
		const fault = { details: data.details, status: statusOf(data), said: saidOf(data) };
		if (
			data.fatal &&
			data.type === ErrorTypes.MEDIA_ERROR &&
			!recovered &&
			!NO_DECODER.includes(data.details)
		) {
			recovered = true;
			note(seen, { ...fault, fatal: false, cors: false });
			hls.recoverMediaError();
			return;
		}
		// What its playlist says it is may be nothing for this browser; what it is can be told still.
		const [variant] = variants;
		if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR && variant) {
			seen.manifest = true;
			note(seen, { ...fault, fatal: false, cors: false });
			variants = [];
			hls.loadSource(variant);
			return;
		}
		if (data.fatal && seen.segments === 0 && NO_DECODER.includes(data.details)) {
			if (await comes(hls.latestLevelDetails)) seen.segments++;
		}
		const cors = data.fatal && fault.status === 0 && !!data.url && (await isWithheld(data.url));
		note(seen, { ...fault, fatal: data.fatal, cors });
	}
}

/** Whether the newest segment does: without a decoder hls.js does not ask for one. */
async function comes(details: LevelDetails | null): Promise<boolean> {
	const newest = details?.fragments.at(-1);
	if (!newest) return false;
	try {
		const answer = await fetch(newest.url);
		const first = await answer.body?.getReader().read();
		return answer.ok && !!first?.value?.length;
	} catch {
		return false;
	}
}

/**
 * `edges` are the ends of the media playlists seen before, by the address that names each: the one
 * in its details also has what a low-latency player asks for, which is another each time.
 */
function noteDetails(
	seen: Seen,
	details: LevelDetails,
	edges: Map<string, string>,
	address: string
): void {
	const edge = `${details.endSN} ${details.lastPartSn} ${details.lastPartIndex}`;
	const before = edges.get(address);
	edges.set(address, edge);
	const advanced = before !== undefined && before !== edge;
	if (advanced || seen.advanced_at === null) seen.advanced_at = performance.now();
	seen.manifest = true;
	seen.live = details.live;
	seen.advancing ||= advanced || isOfNow(details);
	seen.target_duration_s = details.targetduration;
	const lines = details.m3u8.match(/^#EXT-X-(?:SESSION-)?KEY:.*$/gm) ?? [];
	seen.keys = [...new Set([...seen.keys, ...lines])].slice(0, MOST_KEYS);
}

/** Whether its newest segment is of just now, by its date. */
function isOfNow({ fragments, targetduration }: LevelDetails): boolean {
	const last = fragments.at(-1);
	if (!last?.programDateTime) return false;
	const age_s = (Date.now() - last.programDateTime) / 1000 - last.duration;
	return Math.abs(age_s) <= UPDATE_WITHIN * targetduration;
}

function noteHead(seen: Seen, payload: ArrayBuffer, init: Uint8Array | null | undefined): void {
	seen.head ??= new Uint8Array(payload.slice(0, HEAD_BYTES));
	seen.init ??= init?.slice(0, HEAD_BYTES) ?? null;
}

function statusOf({ type, response }: ErrorData): number | null {
	return type === ErrorTypes.NETWORK_ERROR ? (response?.code ?? null) : null;
}

function saidOf({ networkDetails: request }: ErrorData): string | null {
	if (!(request instanceof XMLHttpRequest) || request.status < 400) return null;
	return reasonIn(
		request.responseType === 'arraybuffer'
			? new TextDecoder().decode(request.response as ArrayBuffer)
			: request.responseText
	);
}
