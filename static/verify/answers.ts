/** What an answer that is none says. */

/** The reason in a problem document of f1stream (RFC 9457), where `body` is one. */
export function reasonIn(body: string): string | null {
	try {
		const problem: unknown = JSON.parse(body);
		if (typeof problem !== 'object' || problem === null || !('reason' in problem)) return null;
		return typeof problem.reason === 'string' ? problem.reason : null;
	} catch {
		return null;
	}
}

/** Whether there is an answer at `url` after all, which this page may not read. */
export async function isWithheld(url: string): Promise<boolean> {
	try {
		return (await fetch(url, { mode: 'no-cors' })).type === 'opaque';
	} catch {
		return false;
	}
}
