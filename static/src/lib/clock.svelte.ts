import { createSubscriber } from 'svelte/reactivity';
import { ServerClock } from './server-clock.ts';

/** The current time by the server's clock; it ticks only while something on the page shows it. */
class Clock {
	/** Learns from each answer of the server how far off this machine's clock is. */
	readonly server = new ServerClock();

	#often = ticking(1_000);
	#seldom = ticking(5_000);

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
