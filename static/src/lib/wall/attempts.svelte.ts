import type { Stream } from '../api.ts';
import type { FailureReason } from '../player/recover.ts';
import { strings } from '../strings/index.ts';
import { nextWay, type Way } from './succession.ts';

export interface Surroundings {
	/** The time by the server's clock, in milliseconds since the epoch. */
	serverNow(): number;
	/** Asks the server what streams there are: it knows the links of now. */
	refresh(): Promise<unknown>;
	/** Tells the server that this way to the stream failed. */
	report(id: string, reason: FailureReason, detail: string): Promise<void>;
}

// A way that failed so long ago may work again.
const FORGET_MS = 600_000;

/** The attempts to play one stream: the way that it plays by now, and the next when that fails. */
export class Attempts {
	/** What plays, plays on, whatever link the list has by now. Null where no player plays it. */
	way = $state.raw<Way | null>(null);
	/** Counts the attempts: a new number is a new one, by the same way perhaps. */
	number = $state(0);
	/** What to tell the viewer about the last change of ways; null for nothing. */
	notice = $state<string | null>(null);
	#failedAt = $state<number | null>(null);
	#openedAt = performance.now();
	#tried = new Set<string>();
	#stream: () => Stream;
	#around: Surroundings;

	constructor(stream: () => Stream, around: Surroundings) {
		this.#stream = stream;
		this.#around = around;
		this.way = nextWay(stream(), this.#tried);
	}

	/** Whether it failed here, and the server has seen it play since. */
	get isMended(): boolean {
		const { playable, checked_at } = this.#stream().verdict;
		if (this.#failedAt === null || !playable || checked_at === null) return false;
		return Date.parse(checked_at) > this.#failedAt;
	}

	/** Begins again with the best way. */
	retry(): void {
		this.#tried.clear();
		const best = nextWay(this.#stream(), this.#tried);
		if (best) this.#open(best);
	}

	/** The way has failed, for good: takes the next, where there is one. */
	async fail(reason: FailureReason, detail: string): Promise<void> {
		const { way: failed, number } = this;
		this.#failedAt = this.#around.serverNow();
		if (failed === null || reason === 'player missing') return;
		void this.#around.report(failed.id, reason, detail);
		if (performance.now() - this.#openedAt > FORGET_MS) this.#tried.clear();
		this.#tried.add(failed.url);
		// Links expire, and the server knows the new ones.
		if (reason === 'forbidden' || reason === 'gone') await this.#around.refresh();
		// The viewer did not wait for that.
		if (number !== this.number) return;
		const next = nextWay(this.#stream(), this.#tried);
		if (next === null) return;
		const { renewed, switched } = strings.wall;
		this.notice = next.id === failed.id ? renewed : switched(next.site_name);
		this.#open(next);
	}

	#open(way: Way) {
		this.way = way;
		this.#failedAt = null;
		this.#openedAt = performance.now();
		this.number++;
	}
}
