/** What a page that plays asks of the machine: media keys, and a screen that stays on. */

export interface MediaKeys {
	play(): void;
	pause(): void;
	seekBy(seconds: number): void;
	goLive(): void;
}

const STEP_S = 10;

/** Shows on lock screens what plays, and takes the media keys, until the returned function is called. */
export function announce(title: string, artist: string, keys: MediaKeys): () => void {
	const session: MediaSession | undefined = navigator.mediaSession;
	if (!session) return () => {};
	session.metadata = new MediaMetadata({ title, artist });
	const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
		['play', () => keys.play()],
		['pause', () => keys.pause()],
		['seekbackward', ({ seekOffset }) => keys.seekBy(-(seekOffset ?? STEP_S))],
		['seekforward', ({ seekOffset }) => keys.seekBy(seekOffset ?? STEP_S)],
		['nexttrack', () => keys.goLive()]
	];
	for (const [action, handler] of handlers) handle(session, action, handler);
	return () => {
		session.metadata = null;
		for (const [action] of handlers) handle(session, action, null);
	};
}

function handle(
	session: MediaSession,
	action: MediaSessionAction,
	handler: MediaSessionActionHandler | null
) {
	try {
		session.setActionHandler(action, handler);
	} catch {
		// This browser does not know the action.
	}
}

/** Keeps the screen on until the returned function is called, where the browser can. */
export function keepScreenOn(): () => void {
	let lock: WakeLockSentinel | null = null;
	let stopped = false;

	async function hold() {
		if (stopped || document.visibilityState !== 'visible' || (lock && !lock.released)) return;
		try {
			lock = await navigator.wakeLock?.request('screen');
			if (stopped) await lock?.release();
		} catch {
			// Refused, for example to save the battery.
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
