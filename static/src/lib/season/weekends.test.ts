import { describe, expect, it } from 'vitest';
import type { Race, Schedule, Session } from './schedule.ts';
import {
	comingWeekend,
	hasTurned,
	isOver,
	liveMoment,
	nextMoment,
	statusOf,
	weekends
} from './weekends.ts';

const at = (time: string) => Date.parse(time);

function session(type: string, start_utc: string, duration_minutes = 60): Session {
	return { type, name: type, start_utc, duration_minutes };
}

function race(round: number, race_name: string, ...sessions: Session[]): Race {
	const date = sessions.at(-1)?.start_utc.slice(0, 10) ?? '2026-12-20';
	const place = { circuit: '', circuit_id: '', country: '', locality: '', url: '' };
	return { round, race_name, date, sessions, ...place };
}

function season(races: Race[], withdrawn: Race[] = []): Schedule {
	return { season: '2026', fetched_at: '2026-11-01T03:00:00Z', stale: false, races, withdrawn };
}

const QATAR = race(
	22,
	'Qatar Grand Prix',
	session('fp1', '2026-11-27T13:30:00Z'),
	session('race', '2026-11-29T16:00:00Z', 120)
);
const ABU_DHABI = race(
	23,
	'Abu Dhabi Grand Prix',
	session('fp1', '2026-12-04T09:30:00Z'),
	session('race', '2026-12-06T13:00:00Z', 120)
);
const all = weekends(season([QATAR, ABU_DHABI]));

describe('a session', () => {
	const [practice, grandPrix] = all[0]!.slots;

	it.each([
		['2026-11-27T13:19:59Z', 'upcoming'],
		['2026-11-27T13:20:00Z', 'live'],
		['2026-11-27T14:59:59Z', 'live'],
		['2026-11-27T15:00:00Z', 'past']
	])('counts with its margins: at %s practice is %s', (now, status) => {
		expect(statusOf(practice!, at(now))).toBe(status);
	});

	it.each([
		['2026-11-29T18:59:59Z', 'live'],
		['2026-11-29T19:00:00Z', 'past']
	])('is given longer when it is the race: at %s it is %s', (now, status) => {
		expect(statusOf(grandPrix!, at(now))).toBe(status);
	});

	it('without a time lasts its day, and no longer', () => {
		const [weekend] = weekends(
			season([race(1, 'A', session('race', '2026-12-31T00:00:00Z', 1440))])
		);
		const slot = weekend!.slots[0]!;
		expect(slot.wholeDay).toBe(true);
		expect(statusOf(slot, at('2026-12-30T23:59:59Z'))).toBe('upcoming');
		expect(statusOf(slot, at('2026-12-31T12:00:00Z'))).toBe('live');
		expect(statusOf(slot, at('2027-01-01T00:00:00Z'))).toBe('past');
	});
});

describe('what is on and what is next', () => {
	it('is nothing and the first session, before the season', () => {
		const now = at('2026-01-01T00:00:00Z');
		expect(liveMoment(all, now)).toBeUndefined();
		expect(nextMoment(all, now)?.slot.session.type).toBe('fp1');
		expect(comingWeekend(all, now)?.race).toBe(QATAR);
	});

	it('is the race while it runs, and then the next weekend', () => {
		const now = at('2026-11-29T16:30:00Z');
		expect(liveMoment(all, now)?.slot.session.type).toBe('race');
		expect(nextMoment(all, now)?.weekend.race).toBe(ABU_DHABI);
		expect(comingWeekend(all, now)?.race).toBe(QATAR);
		expect(comingWeekend(all, at('2026-11-29T19:00:00Z'))?.race).toBe(ABU_DHABI);
	});

	it('is nothing after the last race', () => {
		const now = at('2027-01-01T00:00:00Z');
		expect(nextMoment(all, now)).toBeUndefined();
		expect(comingWeekend(all, now)).toBeUndefined();
		expect(all.every((weekend) => isOver(weekend, now))).toBe(true);
	});

	it('is the one that began last, of two that overlap', () => {
		const overlapping = weekends(
			season([
				race(
					1,
					'A',
					session('sprint', '2026-05-01T10:00:00Z'),
					session('qualifying', '2026-05-01T11:10:00Z')
				)
			])
		);
		const now = at('2026-05-01T11:15:00Z');
		expect(liveMoment(overlapping, now)?.slot.session.type).toBe('qualifying');
	});
});

describe('what was taken off', () => {
	const lost = race(22, 'Lost Grand Prix', session('race', '2026-11-20T16:00:00Z', 120));

	it('stands in its place in the year, cancelled', () => {
		const [first, second] = weekends(season([QATAR], [lost]));
		expect(first!.cancelled).toBe(true);
		expect(statusOf(first!.slots[0]!, 0)).toBe('cancelled');
		expect(second!.cancelled).toBe(false);
	});

	it('is neither next nor live', () => {
		const changed = weekends(season([QATAR], [lost]));
		const now = at('2026-11-20T16:30:00Z');
		expect(liveMoment(changed, now)).toBeUndefined();
		expect(nextMoment(changed, now)?.weekend.race).toBe(QATAR);
		expect(comingWeekend(changed, now)?.race).toBe(QATAR);
	});

	it('may be a part of a weekend only', () => {
		const practice = { ...QATAR, sessions: [session('fp3', '2026-11-28T13:30:00Z')] };
		const [weekend] = weekends(season([QATAR], [practice]));
		expect(weekend!.cancelled).toBe(false);
		expect(weekend!.slots.map(({ session, cancelled }) => [session.type, cancelled])).toEqual([
			['fp1', false],
			['fp3', true],
			['race', false]
		]);
	});
});

it('knows a sprint weekend', () => {
	const sprint = race(1, 'A', session('sprint_qualifying', '2026-03-13T07:30:00Z'));
	expect(weekends(season([sprint, QATAR])).map((each) => each.isSprint)).toEqual([true, false]);
});

it('takes a race without sessions by its date', () => {
	const [weekend] = weekends(season([race(1, 'A')]));
	expect(isOver(weekend!, at('2026-12-20T23:59:59Z'))).toBe(false);
	expect(isOver(weekend!, at('2026-12-21T00:00:00Z'))).toBe(true);
});

it('tells when a session has begun or ended since', () => {
	const began = at('2026-11-27T13:20:00Z');
	expect(hasTurned(all, began - 1, began)).toBe(true);
	expect(hasTurned(all, began, began + 60_000)).toBe(false);
	expect(hasTurned(all, began, at('2026-11-27T15:00:00Z'))).toBe(true);
});
