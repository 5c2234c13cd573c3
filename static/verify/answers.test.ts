import { expect, it } from 'vitest';
import { reasonIn } from './answers.ts';

it('finds the reason in a problem document', () => {
	expect(reasonIn('{"title": "Upstream timed out", "reason": "timeout"}')).toBe('timeout');
});

it.each(['', '<html>', 'null', '[]', '"reason"', '{"reason": 7}', '{}'])(
	'finds none in %j',
	(body) => {
		expect(reasonIn(body)).toBeNull();
	}
);
