import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Playback } from '../player/playback.svelte.ts';
import { arrange, run, type Scene } from './commands.ts';
import type { Wall } from './layout.ts';
import { Settings } from './settings.svelte.ts';
import { Stage } from './stage.svelte.ts';

let wall: Wall;
let stage: Stage;
const onhelp = vi.fn();
const onsettings = vi.fn();

beforeEach(() => {
	vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
	wall = { streams: ['a', 'b'], arrangement: 'grid' };
	stage = new Stage(new Settings());
	for (const id of wall.streams) stage.enter({ id, playback: new Playback(), retry() {} });
	stage.active = 'b';
});

afterEach(() => {
	vi.unstubAllGlobals();
	vi.clearAllMocks();
});

const scene = (): Scene => ({
	stage,
	wall,
	active: stage.seat(stage.active),
	element: undefined,
	onchange: (next) => (wall = next),
	onhelp,
	onsettings
});

describe('the wall', () => {
	it('is arranged one way and the other, and so is the next', () => {
		run('arrangement', scene());
		expect([wall.arrangement, stage.settings.values.arrangement]).toEqual(['focus', 'focus']);
		run('arrangement', scene());
		expect(wall.arrangement).toBe('grid');
		arrange(scene(), 'focus');
		expect([wall.arrangement, stage.settings.values.arrangement]).toEqual(['focus', 'focus']);
	});

	it('is as loud as there is loud and quiet', () => {
		run('louder', scene());
		expect(stage.settings.values.volume).toBe(1);
		for (let times = 0; times < 12; times++) run('quieter', scene());
		expect(stage.settings.values.volume).toBe(0);
	});

	it.each(['sync', 'statistics'] as const)('has %s or not', (command) => {
		const before = stage.settings.values[command];
		run(command, scene());
		expect(stage.settings.values[command]).toBe(!before);
	});

	it('shows its help', () => {
		run('help', scene());
		expect(onhelp).toHaveBeenCalledOnce();
	});
});

describe('the player that the viewer turned to', () => {
	it('is heard, and silent again', () => {
		run('sound', scene());
		expect([stage.isHeard('a'), stage.isHeard('b')]).toEqual([false, true]);
		run('sound', scene());
		expect(stage.isHeard('b')).toBe(false);
	});

	it.each([
		['swap back', ['b', 'a'], 'grid'],
		['swap forward', ['a', 'b'], 'grid'],
		['large', ['b', 'a'], 'focus'],
		['remove', ['a'], 'grid']
	] as const)('after %s the wall is %j', (command, streams, arrangement) => {
		run(command, scene());
		expect(wall).toEqual({ streams, arrangement });
	});

	it('is shown later and earlier than the others', () => {
		run('later', scene());
		run('later', scene());
		run('earlier', scene());
		expect(stage.settings.offset('b')).toBe(0.25);
	});

	it('has its settings shown', () => {
		run('settings', scene());
		expect(onsettings).toHaveBeenCalledExactlyOnceWith('b');
	});

	it('goes back, forwards and live', () => {
		const playback = stage.seat('b')?.playback;
		if (!playback) throw new Error('no player');
		const seekBy = vi.spyOn(playback, 'seekBy');
		const goLive = vi.spyOn(playback, 'goLive');
		run('back', scene());
		run('forward', scene());
		run('live', scene());
		expect(seekBy.mock.calls).toEqual([[-10], [10]]);
		expect(goLive).toHaveBeenCalledOnce();
	});

	it('may be missing', () => {
		run('remove', { ...scene(), active: undefined });
		expect(wall.streams).toEqual(['a', 'b']);
	});
});
