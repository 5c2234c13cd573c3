import { createContext } from 'svelte';
import type { ApiError, Result } from '../api.ts';
import { clock } from '../clock.svelte.ts';
import { coalesce } from '../coalesce.ts';
import type { Events } from '../events.svelte.ts';
import { poll } from '../poll.ts';
import { keep, recall } from '../storage.ts';
import type { Page } from '../wake.ts';
import { isSchedule, schedule, type Schedule } from './schedule.ts';
import { hasTurned, weekends, type Weekend } from './weekends.ts';

const KEY = 'f1stream.schedule';
const BURST_MS = 1_000;
// A connection tells of changes; the clock alone tells when a session has begun or ended.
const TOPICS = ['open', 'schedule'];
const PACE = { every: 30_000, atMost: 120_000 };
const UNTOLD_MS = 15 * 60_000;

/** The season, kept up to date, and over a visit's end: the next one begins with what was known. */
export class Season {
	#schedule = $state.raw<Schedule | null>(null);
	#error = $state.raw<ApiError | null>(null);
	#answered = $state(false);
	#askedAt = 0;
	#load: () => Promise<Result<Schedule>>;
	#weekends = $derived(this.#schedule ? weekends(this.#schedule) : []);

	constructor(load: () => Promise<Result<Schedule>> = schedule) {
		this.#load = load;
		const kept = recall(KEY);
		if (isSchedule(kept)) this.#schedule = kept;
	}

	/** What is known; null before the first answer on a first visit. */
	get schedule(): Schedule | null {
		return this.#schedule;
	}

	get weekends(): Weekend[] {
		return this.#weekends;
	}

	/** Why the last attempt failed. What was known stays. */
	get error(): ApiError | null {
		return this.#error;
	}

	/** Whether the first attempt has ended, either way. */
	get answered(): boolean {
		return this.#answered;
	}

	/** Keeps it up to date until the returned function is called. */
	follow(events: Events, page: Page = document): () => void {
		const soon = coalesce(() => this.refresh(), BURST_MS);
		const stops = [
			...TOPICS.map((topic) => events.on(topic, soon)),
			poll(async () => !this.#isDue(events) || (await this.refresh()), PACE, page)
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Asks now. Tells whether there was an answer. */
	async refresh(): Promise<boolean> {
		const result = await this.#load();
		this.#askedAt = clock.server.now();
		this.#answered = true;
		this.#error = result.ok ? null : result.error;
		if (!result.ok) return false;
		this.#schedule = result.value;
		keep(KEY, result.value);
		return true;
	}

	#isDue(events: Events): boolean {
		const now = clock.server.now();
		const untold = !events.connected && Math.abs(now - this.#askedAt) > UNTOLD_MS;
		return (
			untold ||
			!this.#answered ||
			this.#error !== null ||
			hasTurned(this.#weekends, this.#askedAt, now)
		);
	}
}

/** The layout owns the one season; its pages read it. */
export const [getSeason, setSeason] = createContext<Season>();
