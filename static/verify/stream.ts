import { isSupported, playHls } from './hls.ts';
import { playNative } from './native.ts';
import { Picture } from './picture.ts';
import { base64, note, type Audio, type Report, type Seen } from './report.ts';
import { settled, type Facts } from './settle.ts';
import { Sound } from './sound.ts';

const TICK_MS = 100;
const PICTURE_MS = 500;
// Playing time that goes on by more at once was a jump.
const JUMP_S = 1;

/** Chromium, Firefox and Safari each know of an element's sound in a way of their own. */
interface WithSound {
	webkitAudioDecodedByteCount?: number;
	mozHasAudio?: boolean;
	audioTracks?: { length: number };
}

/**
 * Plays the stream at `url` until enough was seen of it, for `budget_ms` at most. With `advancing`
 * its playlist is known to go on.
 */
export async function stream(url: string, budget_ms: number, advancing: boolean): Promise<Report> {
	const video = document.createElement('video');
	video.playsInline = true;
	video.width = 320;
	document.body.append(video);

	const started = performance.now();
	const seen = isSupported() ? playHls(video, url) : playNative(video, url);
	seen.advancing = advancing;
	const watched = new Watched(video, seen, started);
	await watched.until(budget_ms);
	return watched.report();
}

/** One element that plays, and what is measured of it. */
class Watched {
	#picture = new Picture();
	#sound: Sound | null = null;
	#first_frame_ms: number | null = null;
	#played_s = 0;
	#time = 0;
	#looked_at = -Infinity;
	#grew_at = performance.now();
	#facts: Facts | null = null;

	constructor(
		private video: HTMLVideoElement,
		private seen: Seen,
		private started: number
	) {
		video.addEventListener('canplay', () => void this.#play());
		video.requestVideoFrameCallback?.((now) => (this.#first_frame_ms ??= now - started));
		void this.#play();
		void Sound.of(video).then((sound) => (this.#sound = sound));
	}

	until(budget_ms: number): Promise<void> {
		return new Promise((done) => {
			const timer = setInterval(() => {
				this.#tick();
				this.#facts = this.#factsNow(budget_ms);
				if (settled(this.#facts) === null) return;
				clearInterval(timer);
				done();
			}, TICK_MS);
		});
	}

	async report(): Promise<Report> {
		const { video, seen } = this;
		const facts = this.#facts ?? this.#factsNow(0);
		const { advanced_at: _, head, init, ...told } = seen;
		const quality = video.getVideoPlaybackQuality();
		return {
			...told,
			settled: settled(facts) ?? 'budget',
			unchanged_s: facts.unchanged_s,
			first_frame_ms: this.#first_frame_ms,
			played_s: this.#played_s,
			decoded_frames: quality.totalVideoFrames,
			dropped_frames: quality.droppedVideoFrames,
			width: video.videoWidth,
			height: video.videoHeight,
			audio: facts.audio,
			picture: facts.picture,
			head: facts.picture === 'none' ? base64(head) : '',
			init: facts.picture === 'none' ? base64(init) : '',
			jpeg: await this.#picture.jpeg()
		};
	}

	async #play(): Promise<void> {
		if (!this.video.paused || this.video.ended) return;
		try {
			await this.video.play();
		} catch (error) {
			// Without a touch of the page some browsers allow pictures only.
			if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
			if (this.video.muted) {
				note(this.seen, {
					details: error.name,
					fatal: true,
					status: null,
					said: null,
					cors: false
				});
			}
			this.video.muted = true;
			await this.#play();
		}
	}

	#tick(): void {
		const { video } = this;
		const now = performance.now();
		const step_s = video.currentTime - this.#time;
		this.#time = video.currentTime;
		if (step_s > 0 && step_s < JUMP_S) {
			this.#played_s += step_s;
			this.#grew_at = now;
		}
		this.#sound?.listen();

		if (!video.getVideoPlaybackQuality().totalVideoFrames || !video.videoWidth) return;
		this.#first_frame_ms ??= now - this.started;
		if (now - this.#looked_at < PICTURE_MS || video.readyState < video.HAVE_CURRENT_DATA) return;
		this.#looked_at = now;
		this.#picture.look(video, video.videoWidth, video.videoHeight, now);
	}

	#factsNow(budget_ms: number): Facts {
		const now = performance.now();
		return {
			seen: this.seen,
			played_s: this.#played_s,
			ended: this.video.ended,
			unchanged_s: this.seen.advanced_at === null ? 0 : (now - this.seen.advanced_at) / 1000,
			idle_s: (now - this.#grew_at) / 1000,
			audio: this.#audio(),
			picture: this.#picture.kind,
			elapsed_ms: now - this.started,
			budget_ms
		};
	}

	#audio(): Audio | null {
		if (this.#sound?.kind === 'heard') return 'heard';
		if (!hasSound(this.video)) return 'none';
		return this.#sound?.kind ?? null;
	}
}

function hasSound(video: HTMLVideoElement & WithSound): boolean {
	return !!(video.webkitAudioDecodedByteCount || video.mozHasAudio || video.audioTracks?.length);
}
