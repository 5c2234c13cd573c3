import type { Playback } from '../player/playback.svelte.ts';
import { Reckoning, type Reading } from './reckoning.ts';
import { LARGEST_OFFSET_S, type Settings } from './settings.svelte.ts';
import { Sync, type Member } from './sync.ts';
import { Vigil } from './vigil.ts';

/** One player on the wall. */
export interface Seat {
	readonly id: string;
	readonly playback: Playback;
	/** Tries again what has failed. */
	retry(): void;
}

const TICK_MS = 250;
const HAVE_FUTURE_DATA = 3;

/** The players of the wall and what they have in common: the sound, the moment, the attention. */
export class Stage {
	readonly settings: Settings;
	/** The player that the viewer turned to last: keys go to it. */
	active = $state<string | null>(null);
	/** Seconds between the earliest and the latest moment that is shown; null below two players. */
	spread_s = $state<number | null>(null);
	#seats = $state.raw<readonly Seat[]>([]);
	#heard = $state.raw<ReadonlySet<string>>(new Set());
	#sync = new Sync();
	#reckoning = new Reckoning();
	#vigil = new Vigil();
	/** Players that the viewer took elsewhere, until they have arrived there. */
	#sought = new Set<string>();

	constructor(settings: Settings) {
		this.settings = settings;
	}

	get seats(): readonly Seat[] {
		return this.#seats;
	}

	seat(id: string | null): Seat | undefined {
		return this.#seats.find((seat) => seat.id === id);
	}

	/** Takes a player in, until the returned function is called. */
	enter(seat: Seat): () => void {
		this.#seats = [...this.#seats, seat];
		if (this.#heard.size === 0 && !this.settings.values.muted) this.#heard = new Set([seat.id]);
		return () => this.#leave(seat);
	}

	#leave(seat: Seat) {
		this.#seats = this.#seats.filter((each) => each !== seat);
		this.#sought.delete(seat.id);
		if (!this.#heard.has(seat.id)) return;
		const heard = [...this.#heard].filter((id) => id !== seat.id);
		const [first] = this.#seats;
		this.#heard = new Set(heard.length || !first ? heard : [first.id]);
	}

	isHeard(id: string): boolean {
		return this.#heard.has(id);
	}

	/** With sound; the others fall silent, unless the viewer wants to hear several. */
	unmute(id: string): void {
		this.#heard = new Set(this.settings.values.mixed ? [...this.#heard, id] : [id]);
		this.settings.change({ muted: false });
	}

	mute(id: string): void {
		this.#heard = new Set([...this.#heard].filter((each) => each !== id));
		if (this.#heard.size === 0) this.settings.change({ muted: true });
	}

	mix(mixed: boolean): void {
		this.settings.change({ mixed });
		const [first] = this.#heard;
		if (!mixed && first !== undefined) this.#heard = new Set([first]);
	}

	/** The viewer takes a player to another moment; in sync, the others follow. */
	seekBy(id: string, seconds: number): void {
		this.seat(id)?.playback.seekBy(seconds);
		this.sought(id);
	}

	sought(id: string): void {
		this.#sought.add(id);
	}

	goLive(id: string): void {
		this.#sought.delete(id);
		this.seat(id)?.playback.goLive();
		if (this.settings.values.sync) this.#sync.toLive(now(), this.#members(now()));
	}

	setOffset(id: string, offset_s: number): void {
		const within = Math.min(Math.max(offset_s, -LARGEST_OFFSET_S), LARGEST_OFFSET_S);
		this.settings.setOffset(id, Math.round(within * 100) / 100);
	}

	/** Keeps the players together until the returned function is called. */
	follow(): () => void {
		const timer = setInterval(() => this.#tick(), TICK_MS);
		return () => clearInterval(timer);
	}

	#tick() {
		this.#wake();
		const members = this.#members(now());
		this.spread_s = members.length > 1 ? spreadOf(members) : null;
		if (members.length > 1 && this.settings.values.sync) this.#correct(members);
		else this.#letGo();
	}

	#correct(members: readonly Member[]) {
		for (const member of members) {
			if (member.waiting || !this.#sought.delete(member.id)) continue;
			this.#sync.follow(now(), member);
		}
		for (const [id, { rate, seekBy_s }] of this.#sync.step(now(), members)) {
			const video = this.seat(id)?.playback.video;
			if (!video || this.#sought.has(id)) continue;
			if (video.playbackRate !== rate) video.playbackRate = rate;
			if (seekBy_s !== null) video.currentTime += seekBy_s;
		}
	}

	#letGo() {
		this.#sync.step(now(), []);
		this.#sought.clear();
		for (const { playback } of this.#seats) {
			if (playback.video && playback.video.playbackRate !== 1) playback.video.playbackRate = 1;
		}
	}

	#wake() {
		const time_ms = Date.now();
		const watched = this.#seats.map(({ id, playback }) => ({
			id,
			atEdge: playback.whereLive()?.atEdge ?? false,
			paused: playback.video?.paused ?? true
		}));
		for (const id of this.#vigil.look(time_ms, watched)) this.goLive(id);
		if (!this.#vigil.justWoke(time_ms)) return;
		for (const seat of this.#seats) if (seat.playback.state.kind === 'failed') seat.retry();
	}

	#members(now_ms: number): Member[] {
		const readings = this.#seats.flatMap(({ id, playback }) => {
			const reading = readingOf(id, playback, this.settings.offset(id));
			return reading ? [reading] : [];
		});
		return this.#reckoning.members(now_ms, readings);
	}
}

// It never goes back, whatever becomes of the machine's clock.
const now = () => performance.now();

function readingOf(id: string, playback: Playback, offset_s: number): Reading | null {
	const { video } = playback;
	const live = playback.whereLive();
	if (!video?.seekable.length || video.paused || live === null) return null;
	if (playback.state.kind === 'failed' || playback.state.kind === 'loading') return null;
	return {
		id,
		date_ms: playback.date(),
		position_s: video.currentTime,
		live_s: live.position,
		earliest_s: video.seekable.start(0),
		offset_s,
		waiting: video.seeking || video.readyState < HAVE_FUTURE_DATA
	};
}

function spreadOf(members: readonly Member[]): number {
	const shown = members.map(({ at_ms, offset_s }) => at_ms / 1000 + offset_s);
	return Math.max(...shown) - Math.min(...shown);
}
