import { expect, it } from 'vitest';
import { Watch } from './watch.ts';

/** The seconds at which a video that stands at `at(second)` is found stuck. */
function stuckAt(seconds: number, at: (second: number) => number, due = true, started = true) {
	let second = 0;
	const watch = new Watch(() => second * 1000);
	const found: number[] = [];
	for (second = 1; second <= seconds; second++) {
		if (watch.isStuck({ due, at: at(second), started })) found.push(second);
	}
	return found;
}

it('leaves alone what moves', () => {
	expect(stuckAt(60, (second) => second)).toEqual([]);
});

it('waits for a hiccup', () => {
	expect(stuckAt(60, (second) => Math.floor(second / 10))).toEqual([]);
});

it('finds what stands still, again and again', () => {
	expect(stuckAt(30, () => 7)).toEqual([13, 25]);
});

it('has more patience with what never began', () => {
	expect(stuckAt(40, () => 0, true, false)).toEqual([31]);
});

it('does not mind what is meant to stand still', () => {
	expect(stuckAt(60, () => 7, false)).toEqual([]);
});
