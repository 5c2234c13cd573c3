/** What every page says: the frame around them, streams and their sources, faults. */
import type { Verdict } from '../api.ts';
import { count } from './language.ts';

const levels: Record<NonNullable<Verdict['level']>, string> = {
	manifest: 'Playlist read',
	segment: 'Video downloaded',
	buffered: 'Buffered in a browser',
	frames: 'Seen playing in a browser'
};

// The reasons the server gives, in words; one it learns later is shown as it comes.
const reasons: Record<string, string> = {
	unreachable: 'The server of this stream cannot be reached',
	'http status': 'The server of this stream answers with an error',
	'not a playlist': 'What was found there is not a playlist',
	stalled: 'It starts, then stops',
	stale: 'It no longer moves on',
	timeout: 'It takes too long to answer',
	refused: 'f1stream is not allowed to fetch it'
};

export const common = {
	app: {
		name: 'f1stream',
		title: (page: string) => `${page} · f1stream`,
		skip: 'Skip to the content',
		navigation: 'Main',
		home: 'Season',
		watch: 'Watch',
		signOut: 'Sign out',
		theme: 'Colours',
		themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
		footer: 'Self-hosted. It shows what your own sources offer, and nothing else.'
	},
	source: {
		states: {
			ok: 'Working',
			failing: 'Failing',
			pending: 'Not asked yet',
			running: 'Being asked now'
		},
		streams: (n: number) => count(n, 'stream', 'streams'),
		asked: (age: string) => `asked ${age}`,
		unknown: 'The list of sources could not be loaded.'
	},
	stream: {
		live: 'Live',
		untitled: 'Untitled stream',
		responds: (time: string) => `answers in ${time}`,
		levels,
		proven: (what: string, age: string | null) => (age === null ? what : `${what} ${age}`),
		unchecked: 'Not checked yet',
		reason: (reason: string) => reasons[reason] ?? reason.charAt(0).toUpperCase() + reason.slice(1),
		checked: (age: string) => `Checked ${age}`
	},
	errors: {
		offline: 'f1stream does not answer. Is the server running?',
		timeout: 'f1stream took too long to answer.',
		malformed: 'f1stream answered with something that this page does not understand.',
		status: (status: number) => `f1stream answered with an error (${status}).`,
		stale: (message: string, age: string) => `${message} This is how things stood ${age}.`,
		retry: 'Try again',
		notFound: 'Nothing is here',
		notFoundLead: 'The address does not belong to any page of f1stream.',
		broken: 'This page broke down',
		brokenLead: 'Loading it again usually helps.',
		back: 'Back to the start'
	},
	time: { now: 'just now' }
};
