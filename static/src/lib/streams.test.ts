import { afterEach, expect, it, vi } from 'vitest';
import type { ApiError, Result, Stream } from './api.ts';
import { Events } from './events.svelte.ts';
import { isUnchecked, Streams } from './streams.svelte.ts';
import { FakePage, FakeSource } from './testing.ts';

const error: ApiError = { kind: 'network', status: null, message: 'nobody answers' };

function stream(id: string, verdict: Partial<Stream['verdict']>): Stream {
	return {
		id,
		title: id,
		site_key: 'demo',
		site_name: 'Demo',
		quality: null,
		stream_type: 'm3u8',
		is_live: true,
		verdict: {
			level: null,
			playable: false,
			reason: null,
			detail: null,
			checked_at: null,
			proof: null,
			...verdict
		},
		health: null,
		response_time_ms: null,
		bitrate: null,
		checked_at: null,
		extracted_at: '2026-11-24T02:00:00Z',
		stale: false,
		alternatives: [],
		play_url: null,
		page_url: null,
		preview_url: null
	};
}

const best = stream('best', { playable: true, level: 'frames' });
const good = stream('good', { playable: true, level: 'segment' });
const dead = stream('dead', { reason: 'unreachable' });
const unknown = stream('unknown', {});

function answering(...answers: Result<Stream[]>[]): Streams {
	const load = vi.fn<() => Promise<Result<Stream[]>>>();
	for (const answer of answers) load.mockResolvedValueOnce(answer);
	return new Streams(load);
}

it('knows nothing before the first answer', () => {
	const streams = new Streams(() => new Promise(() => {}));
	expect(streams.playable).toEqual([]);
	expect(streams.fetchedAt).toBeNull();
	expect(streams.error).toBeNull();
});

it('tells what plays from what does not, in the order of the server', async () => {
	const streams = answering({ ok: true, value: [best, dead, good, unknown] });
	expect(await streams.refresh()).toBe(true);
	expect(streams.playable).toEqual([best, good]);
	expect(streams.failing).toEqual([dead, unknown]);
	expect(streams.find('dead')).toBe(dead);
	expect(streams.find('other')).toBeUndefined();
});

it('keeps what it had when the server stops answering, and recovers', async () => {
	const streams = answering(
		{ ok: true, value: [best] },
		{ ok: false, error },
		{ ok: true, value: [] }
	);
	await streams.refresh();
	const { fetchedAt } = streams;

	expect(await streams.refresh()).toBe(false);
	expect(streams.playable).toEqual([best]);
	expect(streams.fetchedAt).toBe(fetchedAt);
	expect(streams.error).toBe(error);

	await streams.refresh();
	expect(streams.playable).toEqual([]);
	expect(streams.error).toBeNull();
});

afterEach(() => {
	vi.useRealTimers();
});

function following() {
	vi.useFakeTimers();
	const source = new FakeSource('/events');
	const events = new Events(() => source);
	const page = new FakePage();
	const load = vi.fn(async () => ({ ok: true as const, value: [best] }));
	const stops = [events.follow(page), new Streams(load).follow(events, page)];
	return { source, load, stop: () => stops.forEach((stop) => stop()) };
}

it('asks when the server tells of a change, and not by the clock', async () => {
	const { source, load, stop } = following();
	source.accept();
	await vi.advanceTimersByTimeAsync(600_000);
	expect(load).toHaveBeenCalledTimes(1);
	source.tell('streams');
	expect(load).toHaveBeenCalledTimes(2);
	stop();
});

it('asks by the clock while the server tells nothing, until it is told to stop', async () => {
	const { load, stop } = following();
	await vi.advanceTimersByTimeAsync(15_000);
	expect(load).toHaveBeenCalledTimes(2);
	stop();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(load).toHaveBeenCalledTimes(2);
});

it('knows a stream that nobody checked from one that failed', () => {
	expect([best, dead, unknown].filter(isUnchecked)).toEqual([unknown]);
});
