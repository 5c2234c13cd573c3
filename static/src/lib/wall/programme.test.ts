import { expect, it } from 'vitest';
import { programmeOf } from './programme.ts';

const session = (
	name: string,
	status: string,
	start_utc: string | null = '2026-03-08T04:00:00Z'
) => ({
	name,
	status,
	start_utc
});

it('knows what is on and what comes next', () => {
	const races = [
		{
			race_name: 'Australian Grand Prix',
			sessions: [session('Qualifying', 'past'), session('Race', 'live')]
		},
		{ race_name: 'Chinese Grand Prix', sessions: [session('Practice 1', 'upcoming', null)] }
	];
	expect(programmeOf({ races })).toEqual({
		live: { race: 'Australian Grand Prix', name: 'Race', start_utc: '2026-03-08T04:00:00Z' },
		next: { race: 'Chinese Grand Prix', name: 'Practice 1', start_utc: null }
	});
});

it.each([null, 7, {}, { races: {} }, { races: [null, { sessions: [7] }] }])(
	'knows nothing from %j',
	(schedule) => {
		expect(programmeOf(schedule)).toEqual({ live: null, next: null });
	}
);
