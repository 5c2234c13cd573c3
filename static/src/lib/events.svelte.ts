import { createContext } from 'svelte';
import { onWake, type Page } from './wake.ts';

const URL = '/events';
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
// Browsers allow six connections to a host: a tab that nobody sees gives its one back.
const UNSEEN_MS = 60_000;

/** As much of an EventSource as is used. */
export interface Source extends EventTarget {
	readonly readyState: number;
	close(): void;
}

/**
 * What the server tells as it changes (server-sent events, HTML Living Standard, section 9.2).
 *
 * A topic is told whole: first what it is now, then each change. So whoever listens misses nothing
 * by being away, and a new connection is all it takes to catch up.
 */
export class Events {
	#connected = $state(false);
	#listeners = new Map<string, Set<() => void>>();
	#source: Source | null = null;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#pause = FIRST_PAUSE_MS;
	#open: (url: string) => Source;

	constructor(open: (url: string) => Source = (url) => new EventSource(url)) {
		this.#open = open;
	}

	/** Whether changes are told now; while they are not, who needs them has to ask. */
	get connected(): boolean {
		return this.#connected;
	}

	/** Calls `listener` at each change of `topic`, until the returned function is called. */
	on(topic: string, listener: () => void): () => void {
		const listeners = this.#listeners.get(topic) ?? new Set();
		this.#listeners.set(topic, listeners.add(listener));
		if (listeners.size === 1) this.#source?.addEventListener(topic, this.#tell);
		return () => listeners.delete(listener);
	}

	/** Stays connected until the returned function is called. */
	follow(page: Page = document): () => void {
		let unseen: ReturnType<typeof setTimeout> | undefined;
		const look = () => {
			clearTimeout(unseen);
			if (page.visibilityState === 'hidden') unseen = setTimeout(() => this.#close(), UNSEEN_MS);
			else if (this.#source === null) this.#connect();
		};
		const stop = onWake(() => this.#connect(), page);
		page.addEventListener('visibilitychange', look);
		this.#connect();
		return () => {
			stop();
			clearTimeout(unseen);
			page.removeEventListener('visibilitychange', look);
			this.#close();
		};
	}

	#connect() {
		this.#close();
		const source = this.#open(URL);
		this.#source = source;
		source.addEventListener('open', () => {
			this.#connected = true;
			this.#pause = FIRST_PAUSE_MS;
		});
		source.addEventListener('error', () => {
			this.#connected = false;
			// A lost connection is the browser's to renew; one that was refused it gives up on.
			if (source.readyState === EventSource.CLOSED) this.#connectLater();
		});
		for (const topic of this.#listeners.keys()) source.addEventListener(topic, this.#tell);
	}

	#connectLater() {
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => this.#connect(), this.#pause);
		this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
	}

	#close() {
		clearTimeout(this.#retry);
		this.#source?.close();
		this.#source = null;
		this.#connected = false;
	}

	#tell = (event: Event) => {
		for (const listener of this.#listeners.get(event.type) ?? []) listener();
	};
}

/** The layout owns the one connection; pages and stores listen to it. */
export const [getEvents, setEvents] = createContext<Events>();
