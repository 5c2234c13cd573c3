import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { initial, read, Settings } from './settings.svelte.ts';

beforeEach(() => {
	const items = new Map<string, string>();
	vi.stubGlobal('localStorage', {
		getItem: (key: string) => items.get(key) ?? null,
		setItem: (key: string, value: string) => items.set(key, value)
	});
});

afterEach(() => {
	vi.unstubAllGlobals();
});

describe('what is remembered', () => {
	it('is there on the next visit', () => {
		const before = new Settings();
		before.change({ volume: 0.4, height: 720, arrangement: 'focus', sync: false });
		before.setOffset('a', 1.25);
		const after = new Settings();
		expect(after.values).toEqual({ ...before.values });
		expect(after.offset('a')).toBe(1.25);
		expect(after.offset('b')).toBe(0);
	});

	it.each([
		null,
		7,
		'loud',
		[],
		{ volume: 'loud', height: -1, offsets: 'late', arrangement: 'spiral' },
		{ volume: Infinity, offsets: { a: 'late', b: null } }
	])('is nothing where %j is found', (kept) => {
		expect(read(kept)).toEqual(initial);
	});

	it('stays within bounds', () => {
		const { volume, offsets } = read({ volume: 80, offsets: { a: 1e9 } });
		expect(volume).toBe(1);
		expect(offsets).toEqual({ a: 120 });
	});

	it('holds offsets of the last hundred streams only', () => {
		const settings = new Settings();
		for (let n = 0; n < 150; n++) settings.setOffset(`stream ${n}`, 1);
		expect(Object.keys(settings.values.offsets)).toHaveLength(100);
		expect(settings.offset('stream 149')).toBe(1);
		expect(settings.offset('stream 0')).toBe(0);
	});

	it('holds no offset of nothing', () => {
		const settings = new Settings();
		settings.setOffset('a', 1);
		settings.setOffset('a', 0);
		expect(settings.values.offsets).toEqual({});
	});
});

it('works for as long as the page where storage is blocked', () => {
	vi.stubGlobal('localStorage', {
		getItem() {
			throw new DOMException('blocked', 'SecurityError');
		}
	});
	const settings = new Settings();
	settings.change({ volume: 0.5 });
	expect(settings.values.volume).toBe(0.5);
});
