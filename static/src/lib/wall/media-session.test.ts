import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeMediaMetadata, FakeMediaSession } from '../testing.ts';
import { announce, tellState } from './media-session.ts';

const ACTIONS = ['play', 'pause', 'seekbackward', 'seekforward', 'nexttrack'];
const race = { title: 'Race', source: 'Garage', picture: '/streams/race/preview.jpg' };
const keys = { play: vi.fn(), pause: vi.fn(), seekBy: vi.fn(), goLive: vi.fn() };

function browser(session: FakeMediaSession | undefined): void {
	vi.stubGlobal('navigator', { mediaSession: session });
	vi.stubGlobal('MediaMetadata', FakeMediaMetadata);
}

let session: FakeMediaSession;

beforeEach(() => {
	session = new FakeMediaSession(ACTIONS);
	browser(session);
});

afterEach(() => {
	vi.unstubAllGlobals();
	vi.clearAllMocks();
});

describe('what is announced', () => {
	it('is shown with its picture until it ends', () => {
		const stop = announce(race, keys);
		expect(session.metadata).toMatchObject({
			title: 'Race',
			artist: 'Garage',
			artwork: [{ src: '/streams/race/preview.jpg' }]
		});
		stop();
		expect(session.metadata).toBeNull();
		expect(session.handlers.size).toBe(0);
	});

	it('has the app’s mark where there is no picture of it', () => {
		announce({ ...race, picture: null }, keys);
		expect(session.metadata?.artwork).toMatchObject([{ src: '/icons/icon-512.png' }]);
	});

	it('takes the media keys', () => {
		announce(race, keys);
		session.press('play');
		session.press('pause');
		session.press('seekbackward');
		session.press('seekforward', { seekOffset: 30 });
		session.press('nexttrack');
		expect(keys.play).toHaveBeenCalledOnce();
		expect(keys.pause).toHaveBeenCalledOnce();
		expect(keys.seekBy.mock.calls).toEqual([[-10], [30]]);
		expect(keys.goLive).toHaveBeenCalledOnce();
	});

	it('takes those that there are where a browser has fewer', () => {
		session = new FakeMediaSession(['play', 'pause']);
		browser(session);
		const stop = announce(race, keys);
		expect([...session.handlers.keys()]).toEqual(['play', 'pause']);
		stop();
		expect(session.handlers.size).toBe(0);
	});
});

it.each([
	['playing', 'playing'],
	['waiting', 'playing'],
	['paused', 'paused'],
	['ended', 'paused'],
	['failed', 'paused']
] as const)('a player that is %s is said to be %s', (kind, told) => {
	const stop = tellState(kind);
	expect(session.playbackState).toBe(told);
	stop();
	expect(session.playbackState).toBe('none');
});

it('does without where a browser shows nothing', () => {
	browser(undefined);
	announce(race, keys)();
	tellState('playing')();
});
