/**
 * Runs `task` soon, once for however many calls: the first at once, those that come while it runs
 * or within `pauseMs` after it together.
 */
export function coalesce(task: () => Promise<unknown>, pauseMs: number): () => void {
	let busy = false;
	let asked = false;

	async function run() {
		busy = true;
		do {
			asked = false;
			await task();
			await new Promise((resolve) => setTimeout(resolve, pauseMs));
		} while (asked);
		busy = false;
	}

	return () => {
		asked = true;
		if (!busy) void run();
	};
}
