/** What plays a stream into a <video>: hls.js, or the browser itself. The engine drives either. */
import type { Fault } from './recover.ts';

export interface Level {
	index: number;
	height: number | null;
	bitrate: number;
}

export interface Live {
	/** Seconds between what is shown and the newest that could be. */
	behind: number;
	/** Whether this is as close to live as the stream is meant to be watched. */
	atEdge: boolean;
}

export interface Source {
	/** Loads again after a network fault. */
	restart(): void;
	recoverMedia(): void;
	swapAudio(): void;
	/** Plays this level only; null leaves the choice to the source. */
	choose(level: number | null): void;
	/** Null when the stream is not live. */
	live(): Live | null;
	goLive(): void;
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
}
