import { preloadCode } from '$app/navigation';

/** Has the service worker keep what the app is made of, so that it opens without a network too. */
export async function keepShell(): Promise<void> {
	// Browsers have service workers on https and on this machine only.
	if (!('serviceWorker' in navigator)) return;
	const { active } = await navigator.serviceWorker.ready;
	const files = `${location.origin}/_app/immutable/`;
	const observer = new PerformanceObserver((list) => {
		const loaded = list.getEntries().map(({ name }) => name);
		active?.postMessage(loaded.filter((url) => url.startsWith(files)));
	});
	observer.observe({ type: 'resource', buffered: true });
	// The other pages as well; what they load when they are used is not among it. One that cannot
	// be had now is fetched when somebody goes there.
	await Promise.allSettled([preloadCode('/'), preloadCode('/watch')]);
}
