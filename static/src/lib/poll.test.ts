import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { poll } from './poll.ts';
import { FakePage } from './testing.ts';

const PACE = { every: 15_000, atMost: 60_000 };

let page: FakePage;

beforeEach(() => {
	page = new FakePage();
	vi.useFakeTimers();
});

afterEach(() => {
	vi.useRealTimers();
});

it('runs at once, then at its pace', async () => {
	const task = vi.fn(async () => true);
	const stop = poll(task, PACE, page);
	expect(task).toHaveBeenCalledTimes(1);
	await vi.advanceTimersByTimeAsync(45_000);
	expect(task).toHaveBeenCalledTimes(4);
	stop();
});

it('backs off while it fails, and no further than allowed', async () => {
	const task = vi.fn(async () => false);
	const stop = poll(task, PACE, page);
	const at: number[] = [];
	for (let second = 1; second <= 210; second++) {
		const before = task.mock.calls.length;
		await vi.advanceTimersByTimeAsync(1000);
		if (task.mock.calls.length > before) at.push(second);
	}
	expect(at).toEqual([30, 90, 150, 210]);
	stop();
});

it('is back at its pace after one success', async () => {
	const task = vi.fn(async () => true).mockResolvedValueOnce(false);
	const stop = poll(task, PACE, page);
	await vi.advanceTimersByTimeAsync(30_000);
	expect(task).toHaveBeenCalledTimes(2);
	await vi.advanceTimersByTimeAsync(15_000);
	expect(task).toHaveBeenCalledTimes(3);
	stop();
});

it('pauses while nobody looks, and catches up at once', async () => {
	const task = vi.fn(async () => true);
	const stop = poll(task, PACE, page);
	page.turn('hidden');
	await vi.advanceTimersByTimeAsync(600_000);
	expect(task).toHaveBeenCalledTimes(1);
	page.turn('visible');
	expect(task).toHaveBeenCalledTimes(2);
	await vi.advanceTimersByTimeAsync(15_000);
	expect(task).toHaveBeenCalledTimes(3);
	stop();
});

it('does not start again while a run is still under way', async () => {
	const task = vi.fn(() => new Promise<boolean>(() => {}));
	const stop = poll(task, PACE, page);
	page.turn('visible');
	await vi.advanceTimersByTimeAsync(60_000);
	expect(task).toHaveBeenCalledTimes(1);
	stop();
});

it('leaves no timer behind when it is stopped, even in the middle of a run', async () => {
	let finish = (_: boolean) => {};
	const task = vi.fn(() => new Promise<boolean>((resolve) => (finish = resolve)));
	const stop = poll(task, PACE, page);
	stop();
	finish(true);
	await vi.advanceTimersByTimeAsync(60_000);
	page.turn('visible');
	expect(task).toHaveBeenCalledTimes(1);
	expect(vi.getTimerCount()).toBe(0);
});
