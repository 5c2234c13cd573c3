/** What the keys do: one table for the shortcuts themselves and for the sheet that lists them. */
import { strings } from '../strings/index.ts';

export type Command =
	| 'play'
	| 'back'
	| 'forward'
	| 'live'
	| 'sound'
	| 'louder'
	| 'quieter'
	| 'subtitles'
	| 'picture in picture'
	| 'fullscreen'
	| 'fullscreen wall'
	| 'arrangement'
	| 'large'
	| 'earlier'
	| 'later'
	| 'swap back'
	| 'swap forward'
	| 'sync'
	| 'statistics'
	| 'settings'
	| 'remove'
	| 'help';

/** A key press as far as it matters here. */
export type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

interface Shortcut {
	/** As `KeyboardEvent.key` calls them; any of them will do. */
	keys: readonly string[];
	shift?: boolean;
	command: Command;
}

const shortcuts: readonly Shortcut[] = [
	{ keys: ['k', ' ', 'MediaPlayPause'], command: 'play' },
	{ keys: ['j', 'MediaRewind'], command: 'back' },
	{ keys: ['l', 'MediaFastForward'], command: 'forward' },
	{ keys: ['e', 'End'], command: 'live' },
	{ keys: ['m'], command: 'sound' },
	{ keys: ['+', '='], command: 'louder' },
	{ keys: ['-'], command: 'quieter' },
	{ keys: ['c'], command: 'subtitles' },
	{ keys: ['p'], command: 'picture in picture' },
	{ keys: ['f'], command: 'fullscreen' },
	{ keys: ['g'], command: 'fullscreen wall' },
	{ keys: ['v'], command: 'arrangement' },
	{ keys: ['o'], command: 'large' },
	{ keys: ['ArrowLeft'], shift: true, command: 'swap back' },
	{ keys: ['ArrowRight'], shift: true, command: 'swap forward' },
	{ keys: ['['], command: 'earlier' },
	{ keys: [']'], command: 'later' },
	{ keys: ['s'], command: 'sync' },
	{ keys: ['i'], command: 'statistics' },
	{ keys: ['q'], command: 'settings' },
	{ keys: ['x'], command: 'remove' },
	{ keys: ['?'], command: 'help' }
];

/** What a key press asks for; a number is the place of the player to turn to, from 0. */
export function commandOf(press: Press): Command | number | null {
	if (press.ctrlKey || press.metaKey || press.altKey) return null;
	const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
	if (/^[1-4]$/.test(key)) return Number(key) - 1;
	const found = shortcuts.find(
		({ keys, shift }) => keys.includes(key) && (!shift || press.shiftKey)
	);
	return found?.command ?? null;
}

/** The sheet: each command with its keys as they are written on a keyboard. */
export function sheet(): { keys: string[]; text: string }[] {
	const text = strings.keys;
	const listed = shortcuts.map(({ keys, shift, command }) => ({
		keys: keys
			.filter((key) => !key.startsWith('Media') && key !== '=')
			.map((key) => (shift ? `${text.names.Shift} ` : '') + nameOf(key)),
		text: text.commands[command]
	}));
	return [{ keys: ['1', '4'], text: text.choose }, ...listed];
}

function nameOf(key: string): string {
	const names: Record<string, string> = strings.keys.names;
	return names[key] ?? key.toUpperCase();
}

/** Whether what has the focus needs the key for itself: text, choices, and buttons their space. */
export function isTaken(target: EventTarget | null, key: string): boolean {
	if (!(target instanceof Element)) return false;
	if (target.closest('input, select, textarea, [contenteditable], dialog')) return true;
	const isPress = key === ' ' || key === 'Enter';
	return isPress && target.closest('button, a, summary, [role="button"]') !== null;
}
