import { describe, expect, it } from 'vitest';
import { age, bandwidth, duration } from './format.ts';

const NOW = Date.parse('2026-11-24T02:00:00Z');

describe('age', () => {
	it.each([
		['2026-11-24T02:00:00Z', 'just now'],
		['2026-11-24T01:59:48Z', '12 seconds ago'],
		['2026-11-24T01:59:00Z', '1 minute ago'],
		['2026-11-24T01:01:00Z', '59 minutes ago'],
		['2026-11-23T23:00:00Z', '3 hours ago'],
		['2026-11-21T02:00:00Z', '3 days ago']
	])('says how long ago %s was: %s', (at, text) => {
		expect(age(at, NOW)).toBe(text);
	});

	it('takes milliseconds since the epoch as well', () => {
		expect(age(NOW - 30_000, NOW)).toBe('30 seconds ago');
	});

	it('calls a time that is still to come now, for clocks differ', () => {
		expect(age('2026-11-24T02:00:30Z', NOW)).toBe('just now');
	});

	it('does not choke on what is no time', () => {
		expect(age('yesterday', NOW)).toBe('just now');
	});
});

describe('bandwidth', () => {
	it.each([
		[640_000, '640 kb/s'],
		[2_500_000, '2.5 Mb/s'],
		[12_400_000, '12 Mb/s']
	])('shows %d as %s', (bits, text) => {
		expect(bandwidth(bits)).toBe(text);
	});
});

describe('duration', () => {
	it.each([
		[0.2, '1 ms'],
		[12.3, '12 ms'],
		[1_340, '1.3s'],
		[8_000, '8s']
	])('shows %d ms as %s', (milliseconds, text) => {
		expect(duration(milliseconds)).toBe(text);
	});
});
