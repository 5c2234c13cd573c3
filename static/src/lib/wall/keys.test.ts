import { describe, expect, it } from 'vitest';
import { commandOf, sheet, type Press } from './keys.ts';

const press = (key: string, held: Partial<Press> = {}): Press => ({
	key,
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	shiftKey: false,
	...held
});

describe('a key', () => {
	it.each([
		[' ', 'play'],
		['k', 'play'],
		['K', 'play'],
		['?', 'help'],
		['End', 'live'],
		['1', 0],
		['4', 3],
		['5', null],
		['ArrowLeft', null],
		['Tab', null]
	])('%j asks for %j', (key, command) => {
		expect(commandOf(press(key))).toBe(command);
	});

	it('with Shift moves a player', () => {
		expect(commandOf(press('ArrowLeft', { shiftKey: true }))).toBe('swap back');
	});

	it.each(['ctrlKey', 'metaKey', 'altKey'] as const)('with %s is the browser’s', (held) => {
		expect(commandOf(press('f', { [held]: true }))).toBeNull();
	});
});

it('lists every command with the keys that ask for it', () => {
	for (const { keys, text } of sheet()) {
		expect(keys.length).toBeGreaterThan(0);
		expect(text).toBeTruthy();
	}
});
