/** What lock screens show of a player, and what media keys do to it (Media Session). */

import type { PlayerState } from '../player/state.ts';

/** What is said of a player. */
export interface Shown {
	readonly title: string;
	readonly source: string;
	/** Where a picture of it is; null for the app's own mark. */
	readonly picture: string | null;
}

export interface MediaKeys {
	play(): void;
	pause(): void;
	seekBy(seconds: number): void;
	goLive(): void;
}

const STEP_S = 10;
const MARK: MediaImage = { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' };

/** Shows a player and hands it the media keys, until the returned function is called. */
export function announce({ title, source, picture }: Shown, keys: MediaKeys): () => void {
	const session: MediaSession | undefined = navigator.mediaSession;
	if (!session) return () => {};
	const artwork = [picture === null ? MARK : { src: picture }];
	session.metadata = new MediaMetadata({ title, artist: source, artwork });
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

const RESTING: readonly PlayerState['kind'][] = ['paused', 'ended', 'failed'];

/**
 * Tells whether that player plays, until the returned function is called: with several on a page the
 * browser cannot know which one is meant.
 */
export function tellState(kind: PlayerState['kind']): () => void {
	const session: MediaSession | undefined = navigator.mediaSession;
	if (!session) return () => {};
	session.playbackState = RESTING.includes(kind) ? 'paused' : 'playing';
	return () => {
		session.playbackState = 'none';
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
