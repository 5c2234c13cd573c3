import { bandwidth } from '../format.ts';
import { strings } from '../strings/index.ts';
import { attach, type Attachment } from './engine.ts';
import type { FailureReason } from './recover.ts';
import type { Level, Live, SourceOptions, Track } from './source.ts';
import type { PlayerState } from './state.ts';

/** Numbers for the curious. What is not known is null. */
export interface Statistics {
	width: number;
	height: number;
	/** Seconds that are loaded ahead. */
	buffer_s: number;
	decoded: number;
	dropped: number;
	behind_s: number | null;
	bandwidth_bps: number | null;
	bitrate_bps: number | null;
	rate: number;
}

export interface Opening {
	url: string;
	options: SourceOptions;
	/** The height of the picture that the viewer keeps to; null leaves it to the player. */
	height: number | null;
	onfailed(reason: FailureReason, detail: string): void;
}

/** One player: the engine's callbacks as reactive values, and what can be done with it. */
export class Playback {
	state = $state.raw<PlayerState>({ kind: 'loading' });
	levels = $state.raw<Level[]>([]);
	/** The level the viewer asked for; null when that is left to the player. */
	chosen = $state<number | null>(null);
	shown = $state<number | null>(null);
	live = $state.raw<Live | null>(null);
	audio = $state.raw<Track[]>([]);
	heard = $state(-1);
	subtitles = $state.raw<Track[]>([]);
	/** The subtitles that are shown; null for none. */
	read = $state<number | null>(null);
	silenced = $state(false);
	fatal = $state(0);
	#video = $state.raw<HTMLVideoElement | null>(null);
	#attachment: Attachment | null = null;

	/** The element that it plays in; null while it is closed. */
	get video(): HTMLVideoElement | null {
		return this.#video;
	}

	/** Plays in `video` until the returned function is called. */
	open(video: HTMLVideoElement, { url, options, height, onfailed }: Opening): () => void {
		Object.assign(this, { levels: [], audio: [], subtitles: [] });
		Object.assign(this, { chosen: null, shown: null, live: null, heard: -1, read: null });
		const callbacks = {
			onstate: (state: PlayerState) => (this.state = state),
			onlevels: (levels: Level[]) => this.#offer(levels, height),
			onlevel: (index: number) => (this.shown = index),
			onlive: (live: Live | null) => (this.live = live),
			onaudio: (tracks: Track[], heard: number) => Object.assign(this, { audio: tracks, heard }),
			onmuted: () => (this.silenced = true),
			onfatal: () => this.fatal++,
			onfailed
		};
		const stopReading = this.#readTracks(video);
		this.#attachment = attach(video, url, callbacks, options);
		this.#video = video;
		return () => {
			stopReading();
			this.#attachment?.destroy();
			this.#attachment = null;
			this.#video = null;
		};
	}

	choose(level: number | null): void {
		this.chosen = level;
		this.#attachment?.choose(level);
	}

	chooseAudio(track: number): void {
		this.#attachment?.chooseAudio(track);
	}

	chooseSubtitles(chosen: number | null): void {
		const tracks = this.#video?.textTracks ?? [];
		for (const [index, track] of [...tracks].entries()) {
			if (isReadable(track)) track.mode = index === chosen ? 'showing' : 'disabled';
		}
	}

	goLive(): void {
		this.#attachment?.goLive();
	}

	toggle(): void {
		if (this.#video?.paused) void this.#attachment?.play();
		else this.#video?.pause();
	}

	/** Plays on, from where it is. */
	play(): void {
		void this.#attachment?.play();
	}

	/** Goes forwards, or back below zero, as far as there is something to play. */
	seekBy(seconds: number): void {
		const video = this.#video;
		if (!video?.seekable.length) return;
		const earliest = video.seekable.start(0);
		const latest = video.seekable.end(video.seekable.length - 1);
		video.currentTime = Math.min(Math.max(video.currentTime + seconds, earliest), latest);
	}

	/** Where it is live, asked now. */
	whereLive(): Live | null {
		return this.#attachment?.live() ?? null;
	}

	/** When what is shown was broadcast, in milliseconds. */
	date(): number | null {
		return this.#attachment?.date() ?? null;
	}

	statistics(): Statistics | null {
		const video = this.#video;
		if (video === null) return null;
		const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
		return {
			width: video.videoWidth,
			height: video.videoHeight,
			buffer_s: ahead(video),
			decoded: totalVideoFrames,
			dropped: droppedVideoFrames,
			behind_s: this.whereLive()?.behind ?? null,
			bandwidth_bps: this.#attachment?.bandwidth() ?? null,
			bitrate_bps: this.levels.find(({ index }) => index === this.shown)?.bitrate || null,
			rate: video.playbackRate
		};
	}

	#offer(levels: Level[], height: number | null) {
		this.levels = levels;
		const wanted = height === null ? undefined : nearest(levels, height);
		if (wanted) this.choose(wanted.index);
	}

	#readTracks(video: HTMLVideoElement): () => void {
		const tracks = video.textTracks;
		const read = () => {
			const readable = [...tracks].map((track, index) => ({ track, index }));
			const found = readable.filter(({ track }) => isReadable(track));
			this.subtitles = found.map(({ track: { label, language }, index }) => ({
				index,
				name: label || language || strings.player.subtitlesNumber(index + 1)
			}));
			this.read = found.find(({ track }) => track.mode === 'showing')?.index ?? null;
		};
		const events = ['addtrack', 'removetrack', 'change'];
		for (const event of events) tracks.addEventListener(event, read);
		read();
		return () => {
			for (const event of events) tracks.removeEventListener(event, read);
		};
	}
}

/** The level that comes closest to a height, and of several the one with the best picture. */
function nearest(levels: readonly Level[], height: number): Level | undefined {
	const far = (level: Level) => Math.abs((level.height ?? Infinity) - height);
	return levels
		.filter((level) => level.height !== null)
		.toSorted((a, b) => far(a) - far(b) || b.bitrate - a.bitrate)[0];
}

const isReadable = ({ kind }: TextTrack) => kind === 'subtitles' || kind === 'captions';

function ahead({ buffered, currentTime }: HTMLVideoElement): number {
	for (let range = 0; range < buffered.length; range++) {
		const [start, end] = [buffered.start(range), buffered.end(range)];
		if (start <= currentTime + 0.1 && currentTime <= end) return end - currentTime;
	}
	return 0;
}

/** "720p, 2.5 Mb/s" */
export function levelName({ index, height, bitrate }: Level): string {
	const size = height === null ? strings.player.level(index + 1) : `${height}p`;
	return bitrate ? `${size}, ${bandwidth(bitrate)}` : size;
}
