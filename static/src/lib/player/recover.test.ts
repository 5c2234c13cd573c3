import { describe, expect, it } from 'vitest';
import { decide, type Action, type Fault, type Taken } from './recover.ts';

const network = (status: number | null = null): Fault => ({ kind: 'network', status, detail: '' });
const media: Fault = { kind: 'media', status: null, detail: '' };

/** The actions taken when this fault comes again `gap` milliseconds after each. */
function repeated(fault: Fault, times: number, gap = 1_000): Action[] {
	const history: Taken[] = [];
	return Array.from({ length: times }, (_, n) => {
		const action = decide(fault, history, n * gap);
		history.push({ kind: action.kind, at: n * gap });
		return action;
	});
}

describe('a network fault', () => {
	it('is retried with growing patience, then given up', () => {
		expect(repeated(network(), 7)).toEqual([
			{ kind: 'retry', delay_ms: 500 },
			{ kind: 'retry', delay_ms: 1_000 },
			{ kind: 'retry', delay_ms: 2_000 },
			{ kind: 'retry', delay_ms: 4_000 },
			{ kind: 'retry', delay_ms: 8_000 },
			{ kind: 'retry', delay_ms: 16_000 },
			{ kind: 'give-up', reason: 'network' }
		]);
	});

	it.each([404, 410])('with status %d is given up sooner', (status) => {
		expect(repeated(network(status), 4).at(-1)).toEqual({ kind: 'give-up', reason: 'gone' });
	});

	it.each([401, 403])('with status %d is given up at once', (status) => {
		expect(decide(network(status), [], 0)).toEqual({ kind: 'give-up', reason: 'forbidden' });
	});

	it('is a new trouble after a long time of playing', () => {
		const actions = repeated(network(), 20, 10 * 60_000);
		expect(actions.every((action) => action.kind === 'retry' && action.delay_ms === 500)).toBe(
			true
		);
	});

	it('that takes long to show is still the same trouble', () => {
		expect(repeated(network(), 7, 60_000).at(-1)?.kind).toBe('give-up');
	});
});

describe('a media fault', () => {
	it('is met with each remedy once, then given up', () => {
		expect(repeated(media, 3)).toEqual([
			{ kind: 'recover-media' },
			{ kind: 'swap-audio' },
			{ kind: 'give-up', reason: 'media' }
		]);
	});

	it('does not count the retries of a network fault', () => {
		const history: Taken[] = [{ kind: 'retry', at: 0 }];
		expect(decide(media, history, 1_000)).toEqual({ kind: 'recover-media' });
	});
});

it('gives up at once on what the browser cannot play', () => {
	expect(decide({ kind: 'format', status: null, detail: '' }, [], 0)).toEqual({
		kind: 'give-up',
		reason: 'unsupported'
	});
});

it('loads anew what stands still, then gives it up; later that is a new trouble', () => {
	const stall: Fault = { kind: 'stall', status: null, detail: '' };
	expect(repeated(stall, 2)).toEqual([{ kind: 'reload' }, { kind: 'give-up', reason: 'stalled' }]);
	expect(repeated(stall, 3, 600_000).map(({ kind }) => kind)).toEqual([
		'reload',
		'reload',
		'reload'
	]);
});
