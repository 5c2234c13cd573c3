import type { Audio } from './report.ts';

// Digital silence through a lossy codec stays far below (-80 dBFS); no microphone does.
const SILENCE = 0.0001;
// Long enough that nothing is missed between two looks.
const WINDOW = 16_384;
const START_MS = 500;

/** Listens to an element, and keeps it from being heard in the room. */
export class Sound {
	#analyser: AnalyserNode;
	#samples = new Float32Array(WINDOW);
	#heard = false;

	private constructor(analyser: AnalyserNode) {
		this.#analyser = analyser;
	}

	/** Null where the browser does not let this page hear. */
	static async of(video: HTMLVideoElement): Promise<Sound | null> {
		const context = new AudioContext();
		const wait = new Promise<void>((done) => setTimeout(done, START_MS));
		await Promise.race([context.resume(), wait]);
		// The element's clock would wait for one that stands still.
		if (context.state !== 'running') return null;
		const analyser = new AnalyserNode(context, { fftSize: WINDOW });
		context.createMediaElementSource(video).connect(analyser);
		return new Sound(analyser);
	}

	listen(): void {
		this.#analyser.getFloatTimeDomainData(this.#samples);
		this.#heard ||= this.#samples.some((sample) => Math.abs(sample) > SILENCE);
	}

	get kind(): Audio {
		return this.#heard ? 'heard' : 'silent';
	}
}
