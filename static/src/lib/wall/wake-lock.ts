/** Keeps the screen on until the returned function is called, where the browser can. */
export function keepScreenOn(): () => void {
	let lock: WakeLockSentinel | null = null;
	let asking = false;
	let stopped = false;

	async function hold() {
		const held = lock !== null && !lock.released;
		if (stopped || asking || held || document.visibilityState !== 'visible') return;
		asking = true;
		try {
			lock = (await navigator.wakeLock?.request('screen')) ?? null;
			if (stopped) await lock?.release();
		} catch {
			// Refused, for example to save the battery.
		} finally {
			asking = false;
		}
	}

	// The lock is lost whenever the page is hidden.
	document.addEventListener('visibilitychange', hold);
	void hold();
	return () => {
		stopped = true;
		document.removeEventListener('visibilitychange', hold);
		void lock?.release();
	};
}
