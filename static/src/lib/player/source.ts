/** What plays a stream into a <video>: hls.js, or the browser itself. The engine drives either. */
import type { Fault } from './recover.ts';

export interface Level {
	index: number;
	height: number | null;
	bitrate: number;
}

/** A rendition of the sound. */
export interface Track {
	index: number;
	name: string;
}

export interface Live {
	/** Seconds between what is shown and the newest that could be. */
	behind: number;
	/** Whether this is as close to live as the stream is meant to be watched. */
	atEdge: boolean;
	/** The position, in seconds, that is as close to live as it is meant to be watched. */
	position: number;
}

export interface Source {
	/** Loads again after a network fault. */
	restart(): void;
	/** Loads anew from the start, for what stands still. */
	reload(): void;
	recoverMedia(): void;
	swapAudio(): void;
	/** Plays this level only; null leaves the choice to the source. */
	choose(level: number | null): void;
	chooseAudio(track: number): void;
	/** Null when the stream is not live. */
	live(): Live | null;
	goLive(): void;
	/** When what is shown was broadcast (EXT-X-PROGRAM-DATE-TIME), in milliseconds. */
	date(): number | null;
	/** The estimate of the connection's bandwidth in bits per second. */
	bandwidth(): number | null;
	destroy(): void;
}

export interface SourceEvents {
	/** There is something to play. */
	onready(): void;
	/** Data has arrived. */
	onprogress(): void;
	/** Playback cannot go on by itself. */
	onfault(fault: Fault): void;
	onlevels(levels: Level[]): void;
	onlevel(index: number): void;
	/** The renditions of the sound, and the one that is heard. */
	onaudio(tracks: Track[], chosen: number): void;
}

export interface SourceOptions {
	/** Whether low-latency playlists may be held open: each takes one of a host's connections. */
	lowLatency: boolean;
}
