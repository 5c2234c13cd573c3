/**
 * What this browser keeps for the next visit. Where storage is blocked or full nothing is kept,
 * and nothing else changes.
 */
export function recall(key: string): unknown {
	try {
		return JSON.parse(localStorage.getItem(key) ?? 'null');
	} catch {
		return null;
	}
}

export function keep(key: string, value: unknown): void {
	try {
		localStorage.setItem(key, JSON.stringify(value));
	} catch {
		// It is a convenience: the next visit begins without it.
	}
}
