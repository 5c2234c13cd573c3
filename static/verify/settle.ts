/** When enough was seen of a stream: pure, no player and no clock. */
import type { Audio, PictureKind, Seen, Settled } from './report.ts';

/** So long it has to play. */
export const PLAY_S = 3;
/** What would be held against a stream (no picture, no sound) is looked at for so long. */
export const DOUBT_S = 8;
/** One that has played and then stands still for so long is not waited for. */
export const STUCK_S = 8;
/** A live playlist that has not changed for so many target durations is stale, as for the probe. */
export const STALE_AFTER = 3;

export interface Facts {
	seen: Pick<Seen, 'failed' | 'live' | 'advancing' | 'target_duration_s'>;
	played_s: number;
	/** Whether it came to its end, however short it is. */
	ended: boolean;
	/** Since when a live playlist stands still. */
	unchanged_s: number;
	/** Since when playing time has not grown. */
	idle_s: number;
	audio: Audio | null;
	picture: PictureKind;
	elapsed_ms: number;
	budget_ms: number;
}

/** Why to look no longer, or null. */
export function settled(facts: Facts): Settled | null {
	const { seen, played_s, ended, audio, picture } = facts;
	if (seen.failed) return 'failed';
	const isStale = facts.unchanged_s > STALE_AFTER * Math.max(seen.target_duration_s, 1);
	if (seen.live && isStale) return 'stale';

	const doubtful = picture === 'frozen' || picture === 'black' || audio === 'silent';
	const goesOn = !seen.live || seen.advancing;
	if (doubtful && (ended || played_s >= DOUBT_S)) return 'doubted';
	if (!doubtful && goesOn && (ended || played_s >= PLAY_S)) return 'played';
	if (goesOn && played_s > 0 && facts.idle_s >= STUCK_S) return 'budget';
	return facts.elapsed_ms >= facts.budget_ms ? 'budget' : null;
}
