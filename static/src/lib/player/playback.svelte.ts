import { strings } from '../strings/index.ts';
import { bandwidth } from '../format.ts';
import { attach, type Attachment } from './engine.ts';
import type { Level, Live } from './source.ts';
import type { PlayerState } from './state.ts';

/** The engine's callbacks as reactive values, for Player.svelte and the controls under it. */
export class Playback {
	state = $state.raw<PlayerState>({ kind: 'loading' });
	levels = $state.raw<Level[]>([]);
	/** The level the viewer asked for; null when that is left to the player. */
	chosen = $state<number | null>(null);
	shown = $state<number | null>(null);
	live = $state.raw<Live | null>(null);
	silenced = $state(false);
	fatal = $state(0);
	#attachment: Attachment | null = null;

	/** Plays `url` in `video` until the returned function is called. */
	open(video: HTMLVideoElement, url: string): () => void {
		this.levels = [];
		this.chosen = null;
		this.shown = null;
		this.live = null;
		const attachment = attach(video, url, {
			onstate: (state) => (this.state = state),
			onlevels: (levels) => (this.levels = levels),
			onlevel: (index) => (this.shown = index),
			onlive: (live) => (this.live = live),
			onmuted: () => (this.silenced = true),
			onfatal: () => this.fatal++
		});
		this.#attachment = attachment;
		return () => {
			this.#attachment = null;
			attachment.destroy();
		};
	}

	choose(level: number | null): void {
		this.chosen = level;
		this.#attachment?.choose(level);
	}

	goLive(): void {
		this.#attachment?.goLive();
	}
}

/** "720p, 2.5 Mb/s" */
export function levelName({ index, height, bitrate }: Level): string {
	const size = height === null ? strings.player.level(index + 1) : `${height}p`;
	return bitrate ? `${size}, ${bandwidth(bitrate)}` : size;
}
