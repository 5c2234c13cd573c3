import { describe, expect, it } from 'vitest';
import { settled, type Facts } from './settle.ts';

const good: Facts = {
	seen: { failed: false, live: true, advancing: true, target_duration_s: 6 },
	played_s: 3.1,
	ended: false,
	unchanged_s: 2,
	idle_s: 0,
	audio: 'heard',
	picture: 'moving',
	elapsed_ms: 3_500,
	budget_ms: 20_000
};
const with_ = (facts: Partial<Facts>, seen: Partial<Facts['seen']> = {}): Facts => ({
	...good,
	...facts,
	seen: { ...good.seen, ...seen }
});

describe('a stream that plays', () => {
	it('is looked at for three seconds', () => {
		expect(settled(with_({ played_s: 2.9 }))).toBeNull();
		expect(settled(good)).toBe('played');
	});

	it('has played when it has ended, however short it is', () => {
		expect(settled(with_({ played_s: 1, ended: true }, { live: false }))).toBe('played');
	});

	it('is waited for while its live playlist was not seen to go on', () => {
		const still = { advancing: false };
		expect(settled(with_({ unchanged_s: 6 }, still))).toBeNull();
		expect(settled(with_({ unchanged_s: 18.1 }, still))).toBe('stale');
		expect(settled(with_({ elapsed_ms: 20_000 }, still))).toBe('budget');
	});

	it.each([{ picture: 'black' }, { picture: 'frozen' }, { audio: 'silent' }] as const)(
		'is looked at longer when there is a doubt: %o',
		(doubt) => {
			expect(settled(with_(doubt))).toBeNull();
			expect(settled(with_({ ...doubt, played_s: 8 }))).toBe('doubted');
		}
	);
});

it('looks no longer after a fatal error, or when the time is used up', () => {
	expect(settled(with_({}, { failed: true }))).toBe('failed');
	expect(settled(with_({ played_s: 0, elapsed_ms: 20_000 }))).toBe('budget');
});

it('looks no longer at one that is stuck', () => {
	const stuck = { played_s: 2, idle_s: 8 };
	expect(settled(with_(stuck))).toBe('budget');
	expect(settled(with_({ ...stuck, idle_s: 7.9 }))).toBeNull();
	expect(settled(with_({ ...stuck, played_s: 0 }))).toBeNull();
	expect(settled(with_(stuck, { advancing: false }))).toBeNull();
});

it('does not call a playlist stale that has changed within three target durations', () => {
	expect(settled(with_({ played_s: 0, unchanged_s: 17.9 }))).toBeNull();
	expect(settled(with_({ played_s: 0, unchanged_s: 60 }, { live: false }))).toBeNull();
});
