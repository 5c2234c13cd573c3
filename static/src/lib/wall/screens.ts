/** Where a picture is shown besides its place on the page; a browser may refuse, and nothing changes. */

/** Whether this browser can fill the screen with more than a video: a telephone may not. */
export const canFillScreen = (): boolean => document.fullscreenEnabled === true;

/** Fills the screen with `element`; back to the page where the screen is filled already. */
export async function toggleFullscreen(element: Element | null | undefined): Promise<void> {
	try {
		if (document.fullscreenElement) await document.exitFullscreen();
		else await element?.requestFullscreen?.();
	} catch {
		// Not allowed here.
	}
}

/** Takes `video` into a window of its own, or back from there. */
export async function togglePictureInPicture(video: HTMLVideoElement | null): Promise<void> {
	try {
		if (video !== null && document.pictureInPictureElement === video) {
			await document.exitPictureInPicture();
		} else {
			await video?.requestPictureInPicture?.();
		}
	} catch {
		// Not allowed here, or nothing to show yet.
	}
}
