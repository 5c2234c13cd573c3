import { createContext } from 'svelte';
import { allStreams, type ApiError, type Result, type Stream } from './api.ts';
import { clock } from './clock.svelte.ts';
import { coalesce } from './coalesce.ts';
import type { Events } from './events.svelte.ts';
import { poll } from './poll.ts';
import type { Page } from './wake.ts';

// What says that the list is another one now, or that its streams were looked at anew.
const TOPICS = ['streams', 'sources', 'progress'];
const BURST_MS = 1_000;
// Only while nothing is told.
const PACE = { every: 15_000, atMost: 60_000 };

/**
 * What streams there are, kept up to date. Who reads it sees values only: how they get here is
 * this class's own business.
 */
export class Streams {
	#all = $state.raw<Stream[]>([]);
	#fetchedAt = $state<number | null>(null);
	#error = $state.raw<ApiError | null>(null);
	#load: () => Promise<Result<Stream[]>>;

	constructor(load: () => Promise<Result<Stream[]>> = allStreams) {
		this.#load = load;
	}

	/** Those that play, in the server's order: best first. */
	get playable(): Stream[] {
		return this.#all.filter((stream) => stream.verdict.playable);
	}

	/** Those that do not play, and those that nobody has checked yet. */
	get failing(): Stream[] {
		return this.#all.filter((stream) => !stream.verdict.playable);
	}

	/** When the list was last heard of, by the server's clock, in milliseconds since the epoch. */
	get fetchedAt(): number | null {
		return this.#fetchedAt;
	}

	/** Why the last attempt failed. The list stays what it was. */
	get error(): ApiError | null {
		return this.#error;
	}

	find(id: string): Stream | undefined {
		return this.#all.find((stream) => stream.id === id);
	}

	/** Keeps the list up to date until the returned function is called. */
	follow(events: Events, page: Page = document): () => void {
		const soon = coalesce(() => this.refresh(), BURST_MS);
		const stops = [
			...TOPICS.map((topic) => events.on(topic, soon)),
			poll(async () => events.connected || (await this.refresh()), PACE, page)
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Asks now. Tells whether there was an answer. */
	async refresh(): Promise<boolean> {
		const result = await this.#load();
		if (result.ok) {
			this.#all = result.value;
			this.#fetchedAt = clock.server.now();
			this.#error = null;
		} else {
			this.#error = result.error;
		}
		return result.ok;
	}
}

export const isUnchecked = ({ verdict }: Stream): boolean =>
	verdict.level === null && verdict.reason === null;

/** The layout owns the one list; its pages read it. */
export const [getStreams, setStreams] = createContext<Streams>();
