import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { canFillScreen, toggleFullscreen, togglePictureInPicture } from './screens.ts';

const refusal = () => Promise.reject(new DOMException('no gesture', 'NotAllowedError'));

/** A document whose elements can fill the screen, and whose videos have a window of their own. */
class Screens {
	fullscreenEnabled = true;
	fullscreenElement: unknown = null;
	pictureInPictureElement: unknown = null;

	element() {
		const element = {
			requestFullscreen: () => {
				this.fullscreenElement = element;
				return Promise.resolve();
			},
			requestPictureInPicture: () => {
				this.pictureInPictureElement = element;
				return Promise.resolve();
			}
		};
		return element as unknown as HTMLVideoElement;
	}

	exitFullscreen() {
		this.fullscreenElement = null;
		return Promise.resolve();
	}

	exitPictureInPicture() {
		this.pictureInPictureElement = null;
		return Promise.resolve();
	}
}

let screens: Screens;

beforeEach(() => {
	screens = new Screens();
	vi.stubGlobal('document', screens);
});

afterEach(() => {
	vi.unstubAllGlobals();
});

describe('the screen', () => {
	it('is filled, and given back', async () => {
		const element = screens.element();
		await toggleFullscreen(element);
		expect(screens.fullscreenElement).toBe(element);
		await toggleFullscreen(element);
		expect(screens.fullscreenElement).toBeNull();
	});

	it('is left alone where the browser refuses, or cannot', async () => {
		await toggleFullscreen({ requestFullscreen: refusal } as unknown as Element);
		await toggleFullscreen({} as Element);
		await toggleFullscreen(null);
		expect(screens.fullscreenElement).toBeNull();
	});

	it.each([true, false])('can be filled: %s', (enabled) => {
		screens.fullscreenEnabled = enabled;
		expect(canFillScreen()).toBe(enabled);
	});
});

describe('a video', () => {
	it('has a window of its own, and is back again', async () => {
		const video = screens.element();
		await togglePictureInPicture(video);
		expect(screens.pictureInPictureElement).toBe(video);
		await togglePictureInPicture(video);
		expect(screens.pictureInPictureElement).toBeNull();
	});

	it('takes the window of another', async () => {
		const [one, other] = [screens.element(), screens.element()];
		await togglePictureInPicture(one);
		await togglePictureInPicture(other);
		expect(screens.pictureInPictureElement).toBe(other);
	});

	it('stays where it is where the browser refuses, or cannot', async () => {
		const refusing = { requestPictureInPicture: refusal } as unknown as HTMLVideoElement;
		await togglePictureInPicture(refusing);
		await togglePictureInPicture({} as HTMLVideoElement);
		await togglePictureInPicture(null);
		expect(screens.pictureInPictureElement).toBeNull();
	});
});
