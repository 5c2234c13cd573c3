import { describe, expect, it } from 'vitest';
import { initial, read, Settings } from './settings.svelte.ts';

class Memory {
	items = new Map<string, string>();
	length = 0;
	clear() {}
	key() {
		return null;
	}
	removeItem() {}
	getItem(key: string) {
		return this.items.get(key) ?? null;
	}
	setItem(key: string, value: string) {
		this.items.set(key, value);
	}
}

describe('what is remembered', () => {
	it('is there on the next visit', () => {
		const memory = new Memory();
		const before = new Settings(() => memory);
		before.change({ volume: 0.4, height: 720, arrangement: 'focus', sync: false });
		before.setOffset('a', 1.25);
		const after = new Settings(() => memory);
		expect(after.values).toEqual({ ...before.values });
		expect(after.offset('a')).toBe(1.25);
		expect(after.offset('b')).toBe(0);
	});

	it.each([
		null,
		'',
		'[]',
		'null',
		'7',
		'{"volume": "loud", "height": -1, "offsets": [1], "arrangement": "spiral"}',
		'{"offsets": {"a": "late", "b": null}}'
	])('is nothing where %j is found', (text) => {
		expect(read(text)).toEqual(initial);
	});

	it('stays within bounds', () => {
		const { volume, offsets } = read('{"volume": 80, "offsets": {"a": 1e9}}');
		expect(volume).toBe(1);
		expect(offsets).toEqual({ a: 120 });
	});

	it('holds offsets of the last hundred streams only', () => {
		const settings = new Settings(() => new Memory());
		for (let n = 0; n < 150; n++) settings.setOffset(`stream ${n}`, 1);
		expect(Object.keys(settings.values.offsets)).toHaveLength(100);
		expect(settings.offset('stream 149')).toBe(1);
		expect(settings.offset('stream 0')).toBe(0);
	});

	it('holds no offset of nothing', () => {
		const settings = new Settings(() => new Memory());
		settings.setOffset('a', 1);
		settings.setOffset('a', 0);
		expect(settings.values.offsets).toEqual({});
	});
});

it('works for as long as the page where storage is blocked', () => {
	const settings = new Settings(() => {
		throw new DOMException('blocked', 'SecurityError');
	});
	settings.change({ volume: 0.5 });
	expect(settings.values.volume).toBe(0.5);
});
