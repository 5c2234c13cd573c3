import { describe, expect, it } from 'vitest';
import {
	added,
	enlarged,
	format,
	moved,
	parse,
	removed,
	replaced,
	seated,
	swapped,
	type Wall
} from './layout.ts';

const read = (query: string) => parse(new URLSearchParams(query));
const grid = (...streams: string[]): Wall => ({ streams, arrangement: 'grid' });
const focus = (...streams: string[]): Wall => ({ streams, arrangement: 'focus' });

describe('an address', () => {
	it.each([
		['', grid()],
		['?stream=a', grid('a')],
		['?stream=a&stream=b', grid('a', 'b')],
		['?stream=b&stream=a&layout=focus', focus('b', 'a')],
		['?stream=a%26b%3D%F0%9F%8F%81&stream=c', grid('a&b=🏁', 'c')]
	])('%j is a wall and back', (query, wall) => {
		expect(read(query)).toEqual(wall);
		expect(read(format(wall))).toEqual(wall);
	});

	it.each([
		['?stream=a&stream=a&stream=', grid('a')],
		['?stream=1&stream=2&stream=3&stream=4&stream=5', grid('1', '2', '3', '4')],
		['?stream=a&stream=b&layout=spiral', grid('a', 'b')],
		['?unknown=1', grid()]
	])('%j is read as far as it makes sense', (query, wall) => {
		expect(read(query)).toEqual(wall);
	});

	it('does not speak of an arrangement of one', () => {
		expect(format(focus('a'))).toBe('?stream=a');
	});
});

describe('a stream', () => {
	it('is added while there is room, and once', () => {
		expect(added(grid('a'), 'b')).toEqual(grid('a', 'b'));
		expect(added(grid('a'), 'a')).toEqual(grid('a'));
		expect(added(grid('a', 'b', 'c', 'd'), 'e')).toEqual(grid('a', 'b', 'c', 'd'));
	});

	it('is removed', () => {
		expect(removed(focus('a', 'b'), 'a')).toEqual(focus('b'));
	});

	it('takes the place of another', () => {
		expect(replaced(grid('a', 'b'), 'a', 'c')).toEqual(grid('c', 'b'));
		expect(replaced(grid(), null, 'c')).toEqual(grid('c'));
		expect(replaced(grid('a'), 'gone', 'c')).toEqual(grid('c'));
	});

	it('that is there already changes places', () => {
		expect(replaced(grid('a', 'b'), 'a', 'b')).toEqual(grid('b', 'a'));
		expect(replaced(grid('a', 'b'), null, 'b')).toEqual(grid('a', 'b'));
		expect(swapped(grid('a', 'b', 'c'), 'a', 'c')).toEqual(grid('c', 'b', 'a'));
		expect(swapped(grid('a', 'b'), 'a', 'gone')).toEqual(grid('a', 'b'));
	});

	it('moves by one place, as far as there is one', () => {
		expect(moved(grid('a', 'b', 'c'), 'b', 1)).toEqual(grid('a', 'c', 'b'));
		expect(moved(grid('a', 'b', 'c'), 'b', -1)).toEqual(grid('b', 'a', 'c'));
		expect(moved(grid('a', 'b'), 'b', 1)).toEqual(grid('a', 'b'));
		expect(moved(grid('a', 'b'), 'a', -1)).toEqual(grid('a', 'b'));
	});

	it('becomes the large one', () => {
		expect(enlarged(grid('a', 'b', 'c'), 'c')).toEqual(focus('c', 'b', 'a'));
		expect(enlarged(focus('a', 'b'), 'a')).toEqual(focus('a', 'b'));
	});
});

it('leaves players where they stand in the document', () => {
	expect(seated([], ['a', 'b'])).toEqual(['a', 'b']);
	expect(seated(['a', 'b', 'c'], ['c', 'd', 'a'])).toEqual(['a', 'c', 'd']);
});
