/** Numbers and times as a person reads them. Pure: the current time is an argument. */
import { language, strings } from './strings/index.ts';

const relative = new Intl.RelativeTimeFormat(language, { numeric: 'always' });
const units: [Intl.RelativeTimeFormatUnit, number][] = [
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
	['second', 1]
];

/** How long ago something was: "just now", "12 seconds ago", "3 hours ago". */
export function age(at: string | number, now: number): string {
	const then = typeof at === 'number' ? at : Date.parse(at);
	const seconds = Math.floor((now - then) / 1000);
	// The server's clock may run a little ahead of this one: the future is now.
	if (!Number.isFinite(seconds) || seconds < 5) return strings.time.now;
	const [unit, length] = units.find(([, length]) => seconds >= length) ?? ['second', 1];
	return relative.format(-Math.floor(seconds / length), unit);
}

function quantity(value: number, unit: string, digits: number): string {
	return new Intl.NumberFormat(language, {
		style: 'unit',
		unit,
		unitDisplay: unit === 'second' ? 'narrow' : 'short',
		maximumFractionDigits: digits
	}).format(value);
}

/** "2.5 Mb/s" or "640 kb/s", from bits per second. */
export function bandwidth(bitsPerSecond: number): string {
	return bitsPerSecond >= 1e6
		? quantity(bitsPerSecond / 1e6, 'megabit-per-second', bitsPerSecond < 1e7 ? 1 : 0)
		: quantity(bitsPerSecond / 1e3, 'kilobit-per-second', 0);
}

/** "12 ms" or "1.3s". */
export function duration(milliseconds: number): string {
	return milliseconds < 1000
		? quantity(Math.max(1, milliseconds), 'millisecond', 0)
		: quantity(milliseconds / 1000, 'second', 1);
}
