/** Repeats a task while somebody can see the page. */
import type { Page } from './wake.ts';

export interface Pace {
	/** Milliseconds between two runs. */
	every: number;
	/** The longest pause, which failing runs double up to. */
	atMost: number;
}

/**
 * Runs `task` now and again, until the returned function is called. `task` tells whether it
 * succeeded. A hidden page pauses; it catches up at once when it is seen again.
 */
export function poll(task: () => Promise<boolean>, pace: Pace, page: Page): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	let pause = pace.every;
	let running = false;
	let stopped = false;

	async function run() {
		if (running || stopped || page.visibilityState === 'hidden') return;
		clearTimeout(timer);
		running = true;
		pause = (await task()) ? pace.every : Math.min(pause * 2, pace.atMost);
		running = false;
		if (!stopped) timer = setTimeout(run, pause);
	}

	page.addEventListener('visibilitychange', run);
	void run();
	return () => {
		stopped = true;
		clearTimeout(timer);
		page.removeEventListener('visibilitychange', run);
	};
}
