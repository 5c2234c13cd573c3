import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Events } from './events.svelte.ts';
import { FakePage, FakeSource } from './testing.ts';

const MINUTE = 60_000;

let page: FakePage;
let sources: FakeSource[];
let events: Events;
let stop: () => void;

beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('EventSource', FakeSource);
	page = new FakePage();
	sources = [];
	events = new Events((url) => {
		const source = new FakeSource(url);
		sources.push(source);
		return source;
	});
	stop = events.follow(page);
});

afterEach(() => {
	stop();
	expect(vi.getTimerCount()).toBe(0);
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

const open = () => sources.filter((source) => source.readyState !== FakeSource.CLOSED);
const latest = () => sources.at(-1)!;

it('tells each change of a topic to who listens to it, until they stop', () => {
	const listener = vi.fn();
	const leave = events.on('streams', listener);
	latest().accept();
	latest().tell('streams');
	latest().tell('sources');
	expect(listener).toHaveBeenCalledTimes(1);
	leave();
	latest().tell('streams');
	expect(listener).toHaveBeenCalledTimes(1);
});

it('is connected once the server has answered, and not while it is gone', () => {
	expect(events.connected).toBe(false);
	latest().accept();
	expect(events.connected).toBe(true);
	latest().lose();
	expect(events.connected).toBe(false);
	expect(sources).toHaveLength(1);
});

it('waits longer each time it is refused, half a minute at most', async () => {
	const at: number[] = [];
	for (let second = 0; second < 100; second++) {
		if (open().length) {
			at.push(second);
			latest().refuse();
		}
		await vi.advanceTimersByTimeAsync(1_000);
	}
	expect(at).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
});

it('keeps listeners when it connects anew', async () => {
	const listener = vi.fn();
	events.on('streams', listener);
	latest().refuse();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(sources).toHaveLength(2);
	latest().tell('streams');
	expect(listener).toHaveBeenCalledTimes(1);
});

it('gives its connection back when nobody looks for a minute, and connects when somebody does', async () => {
	page.turn('hidden');
	await vi.advanceTimersByTimeAsync(MINUTE - 1);
	expect(open()).toHaveLength(1);
	await vi.advanceTimersByTimeAsync(1);
	expect(open()).toHaveLength(0);
	page.turn('visible');
	expect(open()).toHaveLength(1);
});

it('keeps its connection over a short look elsewhere', async () => {
	page.turn('hidden');
	await vi.advanceTimersByTimeAsync(5_000);
	page.turn('visible');
	await vi.advanceTimersByTimeAsync(2 * MINUTE);
	expect(sources).toHaveLength(1);
});

it('connects anew after an hour asleep: the old connection may be dead without saying so', async () => {
	latest().accept();
	vi.setSystemTime(Date.now() + 60 * MINUTE);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(sources).toHaveLength(2);
	expect(open()).toHaveLength(1);
});
