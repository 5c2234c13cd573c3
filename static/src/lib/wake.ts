/** Tells when somebody looks again at a page that was away: hidden, or asleep with its machine. */

export type Page = Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;

const BEAT_MS = 10_000;
// A busy machine delays a timer by seconds; one that slept does by more.
const ASLEEP_MS = 3 * BEAT_MS;

/** Calls `wake` until the returned function is called. */
export function onWake(wake: () => void, page: Page, now: () => number = Date.now): () => void {
	let last = now();

	function look() {
		if (page.visibilityState === 'hidden') return;
		const away = now() - last > ASLEEP_MS;
		last = now();
		if (away) wake();
	}

	// While the page is hidden `last` stands still, so that coming back counts as having been away.
	const timer = setInterval(look, BEAT_MS);
	page.addEventListener('visibilitychange', look);
	return () => {
		clearInterval(timer);
		page.removeEventListener('visibilitychange', look);
	};
}
