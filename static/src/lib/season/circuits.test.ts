import { describe, expect, it } from 'vitest';
import season from '../../../../f1stream/schedule/season-2026.json' with { type: 'json' };
import { circuitOf } from './circuits.ts';
import { flagOf } from './flags.ts';
import { outline } from './outline.ts';

const circuits = season.MRData.RaceTable.Races.map((race) => race.Circuit);
const numbers = (path: string) => [...path.matchAll(/-?\d+\.\d/g)].map(([text]) => Number(text));

describe.each(circuits)('$circuitId', ({ circuitId, Location }) => {
	it('has an outline that stays in its square and closes', () => {
		const { path, start } = circuitOf(circuitId)!;
		expect(path).toMatch(/^M[\d.]+,[\d.]+(C(-?[\d.]+,-?[\d.]+ ?){3})+Z$/);
		expect(Math.min(...numbers(path))).toBeGreaterThan(0);
		expect(Math.max(...numbers(path))).toBeLessThan(100);
		expect(path.startsWith(`M${start[0].toFixed(1)},`)).toBe(true);
	});

	it('has the flag of its country', () => {
		expect(flagOf(Location.country)).toMatch(/^data:image\/svg\+xml,%3Csvg/);
	});
});

it.each(['nowhere', 'constructor', ''])('knows nothing of %o, and makes nothing up', (name) => {
	expect(circuitOf(name)).toBeUndefined();
	expect(flagOf(name)).toBeUndefined();
});

it('fits a drawing of any size into the middle of the square', () => {
	const { path, start } = outline('0,0 2000,0 2000,1000 0,1000');
	expect(start).toEqual([6, 28]);
	expect(path).toContain('94.0,28.0');
	expect(path).toContain('94.0,72.0');
});
