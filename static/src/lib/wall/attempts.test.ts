import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Alternative, Stream } from '../api.ts';
import type { FailureReason } from '../player/recover.ts';
import { Attempts } from './attempts.svelte.ts';

const FAILED_AT = Date.parse('2026-11-29T16:00:00Z');

const way = (id: string, link = id): Alternative => ({
	id,
	site_name: `Site ${id}`,
	quality: null,
	playable: true,
	play_url: `/proxy?url=${link}`
});

const listed = (link: string, ...alternatives: Alternative[]) =>
	({
		...way('own', link),
		alternatives,
		verdict: { playable: true, checked_at: '2026-11-29T15:59:00Z' }
	}) as unknown as Stream;

let stream: Stream;
const reports: [string, FailureReason, string][] = [];
const around = {
	serverNow: () => FAILED_AT,
	refresh: vi.fn(() => Promise.resolve()),
	report: (...said: [string, FailureReason, string]) => {
		reports.push(said);
		return Promise.resolve();
	}
};
const attempts = () => new Attempts(() => stream, around);

beforeEach(() => {
	vi.useFakeTimers();
	stream = listed('own', way('other'));
	reports.length = 0;
	around.refresh.mockReset().mockResolvedValue();
});

afterEach(() => {
	vi.useRealTimers();
});

it('begins with the stream’s own way, and keeps to it when the list has a new link', () => {
	const { way } = attempts();
	stream = listed('renewed');
	expect(way?.url).toBe('/proxy?url=own');
});

it('goes on by the next way, and says so here and to the server', async () => {
	const tries = attempts();
	await tries.fail('network', 'timed out');
	expect(tries.way?.id).toBe('other');
	expect(tries.number).toBe(1);
	expect(tries.notice).toContain('Site other');
	expect(reports).toEqual([['own', 'network', 'timed out']]);
	expect(around.refresh).not.toHaveBeenCalled();
});

it('asks for a new link where the old one ended', async () => {
	around.refresh.mockImplementation(() => {
		stream = listed('renewed', way('other'));
		return Promise.resolve();
	});
	const tries = attempts();
	await tries.fail('forbidden', '');
	expect(tries.way?.url).toBe('/proxy?url=renewed');
	expect(tries.notice).toContain('new one');
});

it('stops where no way is left, until the viewer or the server says that it plays again', async () => {
	stream = listed('own');
	const tries = attempts();
	await tries.fail('network', '');
	expect(tries.number).toBe(0);
	expect(tries.isMended).toBe(false);
	stream.verdict.checked_at = '2026-11-29T16:01:00Z';
	expect(tries.isMended).toBe(true);

	tries.retry();
	expect(tries.number).toBe(1);
	expect(tries.isMended).toBe(false);
});

it('tries again after a long while what failed once', async () => {
	const tries = attempts();
	await tries.fail('network', '');
	vi.advanceTimersByTime(601_000);
	await tries.fail('network', '');
	expect(tries.way?.id).toBe('own');
});

it('leaves alone what the viewer began while a new link was asked for', async () => {
	let answer = () => {};
	around.refresh.mockReturnValue(new Promise((resolve) => (answer = resolve)));
	const tries = attempts();
	const failing = tries.fail('gone', '');
	tries.retry();
	answer();
	await failing;
	expect(tries.way?.id).toBe('own');
	expect(tries.number).toBe(1);
});

it('blames no stream for a player that could not be loaded', async () => {
	const tries = attempts();
	await tries.fail('player missing', '');
	expect(reports).toEqual([]);
	expect(tries.number).toBe(0);
});
