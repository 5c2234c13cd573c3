import { describe, expect, it } from 'vitest';
import season from '../../../../f1stream/schedule/season-2026.json' with { type: 'json' };
import { countdown } from './countdown.ts';
import { zoneOf } from './places.ts';
import { Times } from './times.ts';

const at = (time: string) => Date.parse(time);
const british = (zone: string) => new Times({ locale: ['en-GB'], zone });
// Commas and spaces come and go between versions of the browser's own tables.
const plain = (text: string) => text.replaceAll(',', '').replace(/\s*–\s*/, '–');

describe('a time', () => {
	// The race in Austin is on the day that Europe turns its clocks back, a week before America does.
	it.each([
		['Europe/London', '20:00', 'Sun 25 Oct'],
		['America/Chicago', '15:00', 'Sun 25 Oct'],
		['Australia/Melbourne', '07:00', 'Mon 26 Oct']
	])('in %s is %s, with the clocks changed or not', (zone, time, day) => {
		const start = at('2026-10-25T20:00:00Z');
		expect(british(zone).time(start)).toBe(time);
		expect(plain(british(zone).day(start))).toBe(day);
	});

	it('moves by an hour for London between two Saturdays around the change', () => {
		const london = british('Europe/London');
		expect(london.time(at('2026-10-24T13:00:00Z'))).toBe('14:00');
		expect(london.time(at('2026-10-31T13:00:00Z'))).toBe('13:00');
		expect(london.zone(at('2026-10-24T13:00:00Z'))).toBe('BST');
	});

	it('is written as the viewer writes it', () => {
		const american = new Times({ locale: ['en-US'], zone: 'America/New_York' });
		expect(american.time(at('2026-11-29T16:00:00Z'))).toBe('11:00 AM');
		expect(plain(american.day(at('2026-11-29T16:00:00Z')))).toBe('Sun Nov 29');
	});

	it('falls on another day, and another year, elsewhere', () => {
		expect(plain(british('Asia/Tokyo').day(at('2026-12-31T23:00:00Z')))).toBe('Fri 1 Jan');
	});

	it('of a day alone is that day everywhere', () => {
		const midnight = at('2026-12-31T00:00:00Z');
		expect(plain(british('America/Los_Angeles').dayAlone(midnight))).toBe('Thu 31 Dec');
		expect(plain(british('Pacific/Auckland').dayAlone(midnight))).toBe('Thu 31 Dec');
	});

	it('spans a weekend', () => {
		const span = british('UTC').span(at('2026-11-27T13:00:00Z'), at('2026-11-29T18:00:00Z'));
		expect(plain(span)).toBe('27–29 Nov');
	});
});

describe('a countdown', () => {
	const until = at('2026-11-29T16:00:00Z');

	it.each([
		['2026-11-27T11:59:29Z', { days: 2, hours: 4, minutes: 0, seconds: 31 }],
		['2026-11-29T15:59:59.100Z', { days: 0, hours: 0, minutes: 0, seconds: 1 }],
		['2026-11-29T16:00:00Z', { days: 0, hours: 0, minutes: 0, seconds: 0 }],
		['2026-11-30T16:00:00Z', { days: 0, hours: 0, minutes: 0, seconds: 0 }]
	])('at %s', (now, left) => {
		expect(countdown(until, at(now))).toEqual(left);
	});

	it('counts hours that pass, not hours of the clock, over a change of clocks', () => {
		expect(countdown(at('2026-10-26T00:00:00Z'), at('2026-10-25T00:00:00Z'))).toMatchObject({
			days: 1,
			hours: 0
		});
	});
});

describe('the zone of a circuit', () => {
	const circuits = season.MRData.RaceTable.Races.map((race) => race.Circuit.circuitId);

	it.each(circuits)('is known for %s, and is one that exists', (circuit) => {
		const zone = zoneOf(circuit);
		expect(zone).toBeDefined();
		expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow();
	});

	it.each(['nowhere', 'constructor', ''])('is not made up for %o', (circuit) => {
		expect(zoneOf(circuit)).toBeUndefined();
	});
});
