import { createSubscriber } from 'svelte/reactivity';

/** The current time, for ages: it ticks only while something on the page shows it. */
class Clock {
	#subscribe = createSubscriber((update) => {
		const timer = setInterval(update, 5_000);
		return () => clearInterval(timer);
	});

	get now(): number {
		this.#subscribe();
		return Date.now();
	}
}

export const clock = new Clock();
