import { expect, it } from 'vitest';
import { lag } from './lag.ts';

it.each([
	[-1, '0:00'],
	[6.6, '0:07'],
	[59.6, '1:00'],
	[750, '12:30'],
	[3723, '1:02:03']
])('shows %d seconds as %s', (seconds, text) => {
	expect(lag(seconds)).toBe(text);
});
