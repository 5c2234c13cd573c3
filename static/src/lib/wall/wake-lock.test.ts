import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakePage, FakeWakeLock } from '../testing.ts';
import { keepScreenOn } from './wake-lock.ts';

let page: FakePage;
let wakeLock: FakeWakeLock;
const settled = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
	page = new FakePage();
	wakeLock = new FakeWakeLock(page);
	vi.stubGlobal('document', page);
	vi.stubGlobal('navigator', { wakeLock });
});

afterEach(() => {
	vi.unstubAllGlobals();
});

it('keeps the screen on until it is told to stop', async () => {
	const stop = keepScreenOn();
	await settled();
	expect(wakeLock.held).toBe(1);
	stop();
	expect(wakeLock.held).toBe(0);
	page.turn('visible');
	await settled();
	expect(wakeLock.held).toBe(0);
});

it('does so again when the page was hidden in between', async () => {
	const stop = keepScreenOn();
	await settled();
	page.turn('hidden');
	expect(wakeLock.held).toBe(0);
	page.turn('visible');
	await settled();
	expect(wakeLock.held).toBe(1);
	stop();
});

it('leaves none behind when the page is turned while it asks', async () => {
	const stop = keepScreenOn();
	page.turn('hidden');
	page.turn('visible');
	await settled();
	stop();
	expect(wakeLock.held).toBe(0);
});

it('gives back what comes after it was told to stop', async () => {
	keepScreenOn()();
	await settled();
	expect(wakeLock.locks).toHaveLength(1);
	expect(wakeLock.held).toBe(0);
});

it('goes on where the browser refuses, or knows of no such thing', async () => {
	wakeLock.refuses = true;
	const stop = keepScreenOn();
	await settled();
	stop();
	vi.stubGlobal('navigator', {});
	keepScreenOn()();
	await settled();
	expect(wakeLock.locks).toEqual([]);
});
