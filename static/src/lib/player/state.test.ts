import { expect, it } from 'vitest';
import { observe, type Facts } from './state.ts';

const playing: Facts = {
	video: { paused: false, readyState: 4, ended: false },
	started: true,
	refused: false,
	recovering: false,
	failure: null
};
const starved = { paused: false, readyState: 2, ended: false };
const paused = { paused: true, readyState: 4, ended: false };

it.each<[string, Partial<Facts>]>([
	['playing', {}],
	['waiting', { video: starved }],
	['loading', { video: starved, started: false }],
	['loading', { video: paused, started: false }],
	['paused', { video: paused }],
	['paused', { video: paused, started: false, refused: true }],
	['ended', { video: { ...paused, ended: true } }],
	['recovering', { recovering: true }],
	['failed', { recovering: true, failure: 'network' }]
])('is %s', (kind, facts) => {
	expect(observe({ ...playing, ...facts }).kind).toBe(kind);
});
