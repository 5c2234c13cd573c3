import { expect, it } from 'vitest';
import { ServerClock } from './server-clock.ts';

const DAY = 86_400_000;
const at = (time: string) => Date.parse(time);

it('shows this machine’s time until it has heard of the server, or what it knew before', () => {
	expect(new ServerClock(() => 1234).now()).toBe(1234);
	expect(new ServerClock(() => 1234, DAY).now()).toBe(1234 + DAY);
});

it('follows the server when this machine is a day late', () => {
	const local = at('2026-11-28T16:00:00Z');
	const clock = new ServerClock(() => local);
	clock.learn('Sun, 29 Nov 2026 16:00:00 GMT', local);
	expect(clock.now() - local).toBe(DAY + 500);
});

it('takes the middle between question and answer', () => {
	const sent = at('2026-11-29T16:00:00Z');
	const clock = new ServerClock(() => sent + 4_000);
	clock.learn('Sun, 29 Nov 2026 16:00:02 GMT', sent);
	expect(clock.now()).toBe(sent + 4_500);
});

it('does not jump for what the header’s whole seconds explain', () => {
	let local = at('2026-11-29T16:00:00.900Z');
	const clock = new ServerClock(() => local);
	clock.learn('Sun, 29 Nov 2026 16:00:00 GMT', local);
	const before = clock.now() - local;
	local += 10_050;
	clock.learn('Sun, 29 Nov 2026 16:00:11 GMT', local);
	expect(clock.now() - local).toBe(before);
});

it('follows when somebody sets this machine’s clock', () => {
	let local = at('2026-11-29T16:00:00Z');
	const clock = new ServerClock(() => local);
	clock.learn('Sun, 29 Nov 2026 16:00:00 GMT', local);
	local -= DAY;
	clock.learn('Sun, 29 Nov 2026 16:00:00 GMT', local);
	expect(clock.now() - local).toBe(DAY + 500);
});

it.each([null, '', 'yesterday'])('is not moved by the header %o', (header) => {
	const clock = new ServerClock(() => 5_000);
	clock.learn(header, 5_000);
	expect(clock.now()).toBe(5_000);
});
