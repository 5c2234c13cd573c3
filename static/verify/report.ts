/** What the page tells f1stream of a stream; `f1stream/verifier/observation.py` reads it. */

/** Something that went wrong, in the player's own word. No text: texts can hold URLs. */
export interface Fault {
	details: string;
	fatal: boolean;
	/** The HTTP status that came with it; 0 where there was no answer. */
	status: number | null;
	/** The reason that f1stream gave in a problem document. */
	said: string | null;
	/** Whether there is an answer that this page may not read. */
	cors: boolean;
}

/** What the player saw of the stream so far. */
export interface Seen {
	player: string;
	faults: Fault[];
	failed: boolean;
	manifest: boolean;
	segments: number;
	appended: boolean;
	live: boolean | null;
	/** Whether a live playlist was seen to go on, or says that it is of just now. */
	advancing: boolean;
	/** When it last went on, by `performance.now()`. */
	advanced_at: number | null;
	target_duration_s: number;
	codecs: string[];
	bandwidth_bps: number | null;
	/** The EXT-X-KEY and EXT-X-SESSION-KEY lines, each once. */
	keys: string[];
	/** The beginning of the first segment, decrypted, and its initialization section. */
	head: Uint8Array | null;
	init: Uint8Array | null;
}

/** `advanced_at` tells nobody outside, and bytes travel as base64. */
export interface Report extends Omit<Seen, 'advanced_at' | 'head' | 'init'> {
	settled: Settled;
	unchanged_s: number;
	first_frame_ms: number | null;
	played_s: number;
	decoded_frames: number;
	dropped_frames: number;
	width: number;
	height: number;
	audio: Audio | null;
	picture: PictureKind;
	head: string;
	init: string;
	jpeg: string;
}

export type Audio = 'heard' | 'silent' | 'none';
export type PictureKind = 'moving' | 'frozen' | 'black' | 'none';

/** Why the page looked no longer; `budget` also where there is nothing left to wait for. */
export type Settled = 'played' | 'doubted' | 'failed' | 'stale' | 'budget';

export const nothingSeen = (player: string): Seen => ({
	player,
	faults: [],
	failed: false,
	manifest: false,
	segments: 0,
	appended: false,
	live: null,
	advancing: false,
	advanced_at: null,
	target_duration_s: 0,
	codecs: [],
	bandwidth_bps: null,
	keys: [],
	head: null,
	init: null
});

const MOST_FAULTS = 20;

/** Keeps the first faults, and whatever was fatal. */
export function note(seen: Seen, fault: Fault): void {
	if (seen.faults.length < MOST_FAULTS || fault.fatal) seen.faults.push(fault);
	if (fault.fatal) seen.failed = true;
}

export function base64(bytes: Uint8Array | null): string {
	return bytes === null
		? ''
		: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
