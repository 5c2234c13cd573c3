import { expect, it } from 'vitest';
import { Vigil, type Watched } from './vigil.ts';

const HOUR_MS = 3_600_000;
const player = (id: string, atEdge: boolean, paused = false): Watched => ({ id, atEdge, paused });

function awake(vigil: Vigil, from_ms: number, players: Watched[]) {
	for (let passed = 0; passed < 30_000; passed += 250) {
		expect(vigil.look(from_ms + passed, players)).toEqual([]);
	}
}

it('takes back to live who was live before an hour of sleep', () => {
	const vigil = new Vigil();
	awake(vigil, 0, [player('live', true), player('rewound', false), player('paused', true, true)]);
	const behind = [player('live', false), player('rewound', false), player('paused', false, true)];
	expect(vigil.look(HOUR_MS, behind)).toEqual(['live']);
	expect(vigil.justWoke(HOUR_MS)).toBe(true);
	expect(vigil.look(HOUR_MS + 250, behind)).toEqual([]);
	expect(vigil.justWoke(HOUR_MS + 250)).toBe(false);
});

it('waits until a player knows that it is behind', () => {
	const vigil = new Vigil();
	awake(vigil, 0, [player('a', true)]);
	expect(vigil.look(HOUR_MS, [player('a', true)])).toEqual([]);
	expect(vigil.look(HOUR_MS + 5_000, [player('a', false)])).toEqual(['a']);
});

it('leaves alone who goes back in an hour of watching', () => {
	const vigil = new Vigil();
	awake(vigil, 0, [player('a', true)]);
	awake(vigil, 30_000, [player('a', false)]);
});
