/** Tells the service worker what this page is made of, so that it opens without a network too. */
export async function keepShell(): Promise<void> {
	// Browsers have service workers on https and on this machine only.
	if (!('serviceWorker' in navigator)) return;
	const { active } = await navigator.serviceWorker.ready;
	const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
	active?.postMessage({ loaded });
}
