import { describe, expect, it } from 'vitest';
import type { Stream } from '../api.ts';
import { nextWay, successor, waysTo } from './succession.ts';

const way = (id: string, playable = true, play_url: string | null = `/proxy?url=${id}`) => ({
	id,
	site_name: `Site ${id}`,
	quality: null,
	playable,
	play_url
});

const stream = (id: string, title = id, alternatives: Stream['alternatives'] = []) =>
	({ ...way(id), title, alternatives }) as unknown as Stream;

describe('the next way', () => {
	const race = stream('a', 'Race', [
		way('b'),
		way('broken', false),
		way('page', true, null),
		way('c')
	]);

	it('is the best that was not tried', () => {
		const tried = new Set<string>();
		const order: string[] = [];
		for (let next = nextWay(race, tried); next; next = nextWay(race, tried)) {
			order.push(next.id);
			tried.add(next.url);
		}
		expect(order).toEqual(['a', 'b', 'c']);
	});

	it('is the same stream again once its link was renewed', () => {
		const tried = new Set(['/proxy?url=a']);
		const renewed = { ...stream('a'), play_url: '/proxy?url=a-new' };
		expect(nextWay(renewed, tried)?.url).toBe('/proxy?url=a-new');
	});

	it('is none for what offers a page only', () => {
		expect(waysTo({ ...stream('a'), play_url: null })).toEqual([]);
	});
});

describe('what to offer instead', () => {
	const failed = stream('a', 'Grand Prix – Race');
	const playable = [stream('x', 'Practice'), failed, stream('y', 'GRAND PRIX: race'), stream('z')];

	it('is called the same where there is such a one', () => {
		expect(successor(failed, playable, [])?.id).toBe('y');
	});

	it('is the best otherwise, and nothing that is on the wall', () => {
		expect(successor(failed, playable, ['y'])?.id).toBe('x');
		expect(successor(failed, playable, ['x', 'y', 'z'])).toBeNull();
		expect(successor(undefined, playable, [])?.id).toBe('x');
	});
});
