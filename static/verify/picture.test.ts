import { describe, expect, it } from 'vitest';
import { differ, isLit, lumaOf } from './picture.ts';

const PIXELS = 320 * 180;
const of = (value: (at: number) => number) =>
	Uint8Array.from({ length: PIXELS }, (_, at) => value(at));

describe('a picture', () => {
	it('is black when hardly a pixel is lit', () => {
		expect(isLit(of(() => 0))).toBe(false);
		expect(isLit(of(() => 16))).toBe(false);
		expect(isLit(of((at) => (at < 100 ? 255 : 0)))).toBe(false);
		expect(isLit(of((at) => (at < 200 ? 255 : 0)))).toBe(true);
	});

	it('does not differ by what an encoder makes of it a second time', () => {
		expect(
			differ(
				of((at) => at % 200),
				of((at) => (at % 200) + (at % 9))
			)
		).toBe(false);
		expect(
			differ(
				of(() => 100),
				of((at) => (at < 60 ? 150 : 100))
			)
		).toBe(true);
	});

	it('is as bright as its colours are to the eye', () => {
		const data = Uint8ClampedArray.from([255, 255, 255, 255, 0, 255, 0, 255, 0, 0, 0, 255]);
		expect([...lumaOf({ data })]).toEqual([255, 149, 0]);
	});
});
