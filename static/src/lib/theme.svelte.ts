import { keep, recall } from './storage.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof themes)[number];

// app.html reads it too, before anything is painted.
const KEY = 'f1stream.theme';

/** Whether the app is light or dark: as the system is, until somebody chooses. */
export class Theme {
	#name = $state<ThemeName>('system');

	constructor() {
		const kept = recall(KEY);
		this.#name = themes.find((name) => name === kept) ?? 'system';
	}

	get name(): ThemeName {
		return this.#name;
	}

	choose(name: ThemeName) {
		this.#name = name;
		keep(KEY, name);
		document.documentElement.dataset.theme = name;
	}
}
