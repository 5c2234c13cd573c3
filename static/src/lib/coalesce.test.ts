import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coalesce } from './coalesce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('runs at once when it is called the first time', () => {
	const task = vi.fn(async () => {});
	coalesce(task, 1_000)();
	expect(task).toHaveBeenCalledTimes(1);
});

it('answers a burst with one more run', async () => {
	const task = vi.fn(async () => {});
	const soon = coalesce(task, 1_000);
	for (let call = 0; call < 50; call++) soon();
	await vi.advanceTimersByTimeAsync(10_000);
	expect(task).toHaveBeenCalledTimes(2);
});

it('never runs twice at a time', async () => {
	const task = vi.fn(() => new Promise(() => {}));
	const soon = coalesce(task, 1_000);
	soon();
	await vi.advanceTimersByTimeAsync(10_000);
	soon();
	expect(task).toHaveBeenCalledTimes(1);
});

it('runs at once again after a quiet while', async () => {
	const task = vi.fn(async () => {});
	const soon = coalesce(task, 1_000);
	soon();
	await vi.advanceTimersByTimeAsync(1_000);
	soon();
	expect(task).toHaveBeenCalledTimes(2);
});
