import { describe, expect, it } from 'vitest';
import { Reckoning, type Reading } from './reckoning.ts';

const NOW_MS = 1_000_000;
const BROADCAST_MS = Date.parse('2026-03-08T04:00:00Z');

const reading = (id: string, changes: Partial<Reading> = {}): Reading => ({
	id,
	date_ms: null,
	position_s: 100,
	live_s: 100,
	earliest_s: 70,
	offset_s: 0,
	waiting: false,
	...changes
});

describe('streams with dates', () => {
	it('are as far apart as their dates, whatever clock anybody has', () => {
		const [a, b] = new Reckoning().members(NOW_MS, [
			reading('a', { date_ms: BROADCAST_MS }),
			reading('b', { date_ms: BROADCAST_MS - 4_000, position_s: 7, live_s: 8, earliest_s: 0 })
		]);
		expect(a).toMatchObject({ at_ms: NOW_MS, live_ms: NOW_MS, earliest_ms: NOW_MS - 30_000 });
		expect(b).toMatchObject({ at_ms: NOW_MS - 4_000, live_ms: NOW_MS - 3_000 });
	});

	it('keep their time line when the first of them leaves', () => {
		const reckoning = new Reckoning();
		const b = reading('b', { date_ms: BROADCAST_MS - 4_000 });
		reckoning.members(NOW_MS, [reading('a', { date_ms: BROADCAST_MS }), b]);
		expect(reckoning.members(NOW_MS, [b])[0]?.at_ms).toBe(NOW_MS - 4_000);
	});

	it('of another day are taken to be now', () => {
		const [, replay] = new Reckoning().members(NOW_MS, [
			reading('a', { date_ms: BROADCAST_MS }),
			reading('replay', { date_ms: BROADCAST_MS - 86_400_000 })
		]);
		expect(replay?.at_ms).toBe(NOW_MS);
	});
});

describe('a stream without dates', () => {
	it('is now where it is live, and counts on from there', () => {
		const reckoning = new Reckoning();
		expect(reckoning.members(NOW_MS, [reading('a', { live_s: 102 })])[0]).toMatchObject({
			at_ms: NOW_MS - 2_000,
			live_ms: NOW_MS
		});
		// Ten seconds later its playlist has grown by one segment more than that.
		const [later] = reckoning.members(NOW_MS + 10_000, [
			reading('a', { position_s: 110, live_s: 116 })
		]);
		expect(later?.at_ms).toBe(NOW_MS + 8_000);
	});

	it('begins anew when it comes back', () => {
		const reckoning = new Reckoning();
		reckoning.members(NOW_MS, [reading('a', { live_s: 102 })]);
		reckoning.members(NOW_MS, []);
		expect(reckoning.members(NOW_MS, [reading('a', { live_s: 101 })])[0]?.at_ms).toBe(
			NOW_MS - 1_000
		);
	});
});
