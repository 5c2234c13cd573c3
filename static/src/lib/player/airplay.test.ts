import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { offerToOtherDevices } from './airplay.ts';

const NATIVE_TYPE = 'application/vnd.apple.mpegurl';

interface Source {
	type: string;
	src: string;
}

/** A <video> that a buffer plays in, in a browser that plays these types itself. */
class Video {
	/** A managed buffer asks for this, unless there is a second source. */
	disableRemotePlayback = true;
	sources: Source[] = [{ type: 'video/mp4', src: 'blob:buffer' }];

	constructor(readonly types: readonly string[]) {}

	canPlayType(type: string) {
		return this.types.includes(type) ? 'maybe' : '';
	}

	append(source: Source) {
		this.sources.push(source);
	}
}

const offer = (video: Video) =>
	offerToOtherDevices(video as unknown as HTMLVideoElement, '/proxy?url=race');

beforeEach(() => {
	vi.stubGlobal('document', { createElement: () => ({ type: '', src: '' }) });
});

afterEach(() => {
	vi.unstubAllGlobals();
});

it('gives AirPlay the address of what a buffer plays, after the buffer', () => {
	vi.stubGlobal('ManagedMediaSource', class {});
	const video = new Video([NATIVE_TYPE]);
	offer(video);
	expect(video.sources).toEqual([
		{ type: 'video/mp4', src: 'blob:buffer' },
		{ type: NATIVE_TYPE, src: '/proxy?url=race' }
	]);
	expect(video.disableRemotePlayback).toBe(false);
});

it('leaves a video alone where the browser takes one source only', () => {
	const video = new Video([NATIVE_TYPE]);
	offer(video);
	expect(video.sources).toHaveLength(1);
	expect(video.disableRemotePlayback).toBe(true);
});

it('leaves a video alone where the browser does not play HLS itself', () => {
	vi.stubGlobal('ManagedMediaSource', class {});
	const video = new Video([]);
	offer(video);
	expect(video.sources).toHaveLength(1);
});
