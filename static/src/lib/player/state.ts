/** What a player is doing, read off the facts instead of remembered from commands. Pure. */
import type { FailureReason } from './recover.ts';

export type PlayerState =
	| { kind: 'loading' | 'playing' | 'paused' | 'waiting' | 'recovering' | 'ended' }
	| { kind: 'failed'; reason: FailureReason };

export interface Facts {
	/** The <video>, or what a test says of one. */
	video: Pick<HTMLVideoElement, 'paused' | 'readyState' | 'ended'>;
	/** Whether a picture was ever shown. */
	started: boolean;
	/** Whether the browser refused to start by itself, even without sound. */
	refused: boolean;
	/** Whether a remedy is under way. */
	recovering: boolean;
	failure: FailureReason | null;
}

const HAVE_FUTURE_DATA = 3;

export function observe({ video, started, refused, recovering, failure }: Facts): PlayerState {
	if (failure !== null) return { kind: 'failed', reason: failure };
	if (recovering) return { kind: 'recovering' };
	if (video.ended) return { kind: 'ended' };
	if (video.paused) return { kind: started || refused ? 'paused' : 'loading' };
	if (video.readyState >= HAVE_FUTURE_DATA) return { kind: 'playing' };
	return { kind: started ? 'waiting' : 'loading' };
}
