/** Tells the server what became of a stream here, as evidence about it. */
import type { FailureReason } from '../player/recover.ts';

/** The reasons that the server takes. */
export type Reported = 'unreachable' | 'stalled' | 'media' | 'unsupported' | 'expired';

const reported: Record<FailureReason, Reported | null> = {
	unsupported: 'unsupported',
	network: 'unreachable',
	gone: 'unreachable',
	forbidden: 'expired',
	media: 'media',
	stalled: 'stalled',
	// That is no fault of the stream.
	'player missing': null
};

const DETAIL_LENGTH = 200;

/** `detail` is what the player said, without addresses. Never fails: a report is a courtesy. */
export async function report(id: string, reason: FailureReason, detail: string): Promise<void> {
	const known = reported[reason];
	if (known === null) return;
	try {
		await fetch(`/streams/${encodeURIComponent(id)}/report`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ reason: known, detail: detail.slice(0, DETAIL_LENGTH) }),
			signal: AbortSignal.timeout(10_000)
		});
	} catch {
		// Not reached: then the server knows of worse trouble than ours.
	}
}
