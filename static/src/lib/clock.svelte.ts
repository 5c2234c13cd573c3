import { createSubscriber } from 'svelte/reactivity';
import { ServerClock } from './server-clock.ts';
import { keep, recall } from './storage.ts';

const KEY = 'f1stream.clock';

/** The current time by the server's clock; it ticks only while something on the page shows it. */
class Clock {
	/** Knows how far off this machine's clock is. */
	readonly server: ServerClock;

	#often = ticking(1_000);
	#seldom = ticking(5_000);

	constructor() {
		const kept = recall(KEY);
		this.server = new ServerClock(Date.now, typeof kept === 'number' ? kept : 0);
	}

	/** Learns from an answer's Date header, also for a visit without a network. */
	learn(header: string | null, sentAt: number): void {
		const before = this.server.offsetMs;
		this.server.learn(header, sentAt);
		if (this.server.offsetMs !== before) keep(KEY, this.server.offsetMs);
	}

	/** For ages, in milliseconds since the epoch: ticks every 5 seconds. */
	get now(): number {
		this.#seldom();
		return this.server.now();
	}

	/** For countdowns: ticks every second. */
	get second(): number {
		this.#often();
		return this.server.now();
	}
}

function ticking(everyMs: number): () => void {
	return createSubscriber((update) => {
		const timer = setInterval(update, everyMs);
		return () => clearInterval(timer);
	});
}

export const clock = new Clock();
