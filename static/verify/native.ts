import { reasonIn } from './answers.ts';
import { nothingSeen, note, type Fault, type Seen } from './report.ts';

const NATIVE_TYPE = 'application/vnd.apple.mpegurl';
const ERRORS = ['', 'MEDIA_ERR_ABORTED', 'MEDIA_ERR_NETWORK', 'MEDIA_ERR_DECODE'];
// The browser does not tell: what most streams have.
const USUAL_TARGET_DURATION_S = 6;

/** Plays HLS with the browser's own player; it tells little. */
export function playNative(video: HTMLVideoElement, url: string): Seen {
	const seen = nothingSeen('native');
	if (!video.canPlayType(NATIVE_TYPE)) {
		note(seen, { details: 'no player', fatal: true, status: null, said: null, cors: false });
		return seen;
	}
	let edge = 0;
	seen.target_duration_s = USUAL_TARGET_DURATION_S;
	video.addEventListener('error', () => void failed());
	video.addEventListener('loadedmetadata', () => {
		seen.manifest = true;
		seen.segments = 1;
		seen.live = video.duration === Infinity;
	});
	video.addEventListener('progress', () => {
		seen.appended ||= video.buffered.length > 0;
	});
	video.addEventListener('timeupdate', () => {
		const end = video.seekable.length ? video.seekable.end(video.seekable.length - 1) : 0;
		seen.advanced_at ??= performance.now();
		if (end <= edge) return;
		seen.advancing ||= edge > 0;
		seen.advanced_at = performance.now();
		edge = end;
	});
	video.src = url;
	return seen;

	async function failed(): Promise<void> {
		const details = ERRORS[video.error?.code ?? 0] || 'MEDIA_ERR_SRC_NOT_SUPPORTED';
		note(seen, { details, fatal: true, ...(await answerOf(url)) });
	}
}

/** How `url` is answered: the element does not say why it can't be played. */
async function answerOf(url: string): Promise<Pick<Fault, 'status' | 'said' | 'cors'>> {
	try {
		const answer = await fetch(url);
		const said = answer.ok ? null : reasonIn(await answer.text());
		return { status: answer.ok ? null : answer.status, said, cors: false };
	} catch {
		return { status: 0, said: null, cors: false };
	}
}
