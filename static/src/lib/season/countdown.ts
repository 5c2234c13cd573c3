/** How long it is until something begins, as the numbers of a countdown. */
export interface Countdown {
	days: number;
	hours: number;
	minutes: number;
	seconds: number;
}

/** Both in milliseconds since the epoch; a time that has come counts zero. */
export function countdown(until: number, now: number): Countdown {
	const left = Math.max(0, Math.ceil((until - now) / 1000));
	return {
		days: Math.floor(left / 86_400),
		hours: Math.floor(left / 3_600) % 24,
		minutes: Math.floor(left / 60) % 60,
		seconds: left % 60
	};
}
