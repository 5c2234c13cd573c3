import { expect, it } from 'vitest';
import type { Extractor, Result } from './api.ts';
import { Sources } from './sources.svelte.ts';

const answer = (...names: string[]): Result<Extractor[]> => ({
	ok: true,
	value: names.map((name) => ({
		key: 'direct',
		name,
		state: 'ok',
		last_run: null,
		streams: 0,
		error: null
	}))
});

it('knows nothing before the first answer', () => {
	expect(new Sources(async () => answer()).answer).toBeNull();
});

it('is not put back by an answer that comes late', async () => {
	const finish: ((result: Result<Extractor[]>) => void)[] = [];
	const sources = new Sources(() => new Promise((resolve) => finish.push(resolve)));
	const [first, second] = [sources.refresh(), sources.refresh()];
	finish[1]!(answer('new'));
	finish[0]!(answer('old'));
	await Promise.all([first, second]);
	expect(sources.answer).toEqual(answer('new'));
});
