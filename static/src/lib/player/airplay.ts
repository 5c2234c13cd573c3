const NATIVE_TYPE = 'application/vnd.apple.mpegurl';

/**
 * Another device can only be handed an address, not what is in a buffer: where the browser takes
 * both (Safari), AirPlay gets the stream as a second source.
 */
export function offerToOtherDevices(video: HTMLVideoElement, url: string): void {
	if (!('ManagedMediaSource' in globalThis) || !video.canPlayType(NATIVE_TYPE)) return;
	const source = document.createElement('source');
	source.type = NATIVE_TYPE;
	source.src = url;
	video.append(source);
	video.disableRemotePlayback = false;
}
