/** Stand-ins for what only a browser has, for tests. */
import type { Source } from './events.svelte.ts';

export class FakePage extends EventTarget {
	visibilityState: DocumentVisibilityState = 'visible';

	turn(state: DocumentVisibilityState) {
		this.visibilityState = state;
		this.dispatchEvent(new Event('visibilitychange'));
	}
}

/** A server-sent event stream whose server is the test. */
export class FakeSource extends EventTarget implements Source {
	static readonly CONNECTING = 0;
	static readonly OPEN = 1;
	static readonly CLOSED = 2;
	readyState: number = FakeSource.CONNECTING;

	constructor(readonly url: string) {
		super();
	}

	accept() {
		this.readyState = FakeSource.OPEN;
		this.dispatchEvent(new Event('open'));
	}

	/** The connection breaks: the browser will try again by itself. */
	lose() {
		this.readyState = FakeSource.CONNECTING;
		this.dispatchEvent(new Event('error'));
	}

	/** The server answers with an error: the browser gives up. */
	refuse() {
		this.readyState = FakeSource.CLOSED;
		this.dispatchEvent(new Event('error'));
	}

	tell(topic: string) {
		this.dispatchEvent(new Event(topic));
	}

	close() {
		this.readyState = FakeSource.CLOSED;
	}
}

/** What a page says about itself to lock screens (Media Session, as Chromium has it). */
export class FakeMediaSession {
	metadata: FakeMediaMetadata | null = null;
	playbackState: MediaSessionPlaybackState = 'none';
	handlers = new Map<string, MediaSessionActionHandler>();

	constructor(readonly known: readonly string[]) {}

	/** Throws on an action that it does not know, as enumerations of Web IDL do. */
	setActionHandler(action: string, handler: MediaSessionActionHandler | null) {
		if (!this.known.includes(action)) throw new TypeError(`${action} is not a valid action`);
		if (handler) this.handlers.set(action, handler);
		else this.handlers.delete(action);
	}

	press(action: MediaSessionAction, details: Omit<MediaSessionActionDetails, 'action'> = {}) {
		this.handlers.get(action)?.({ action, ...details });
	}
}

export class FakeMediaMetadata {
	readonly title: string;
	readonly artist: string;
	readonly artwork: readonly MediaImage[];

	constructor({ title = '', artist = '', artwork = [] }: MediaMetadataInit) {
		this.title = title;
		this.artist = artist;
		this.artwork = artwork;
	}
}

/** A screen that can be kept on while a page is seen (Screen Wake Lock). */
export class FakeWakeLock {
	locks: FakeLock[] = [];
	refuses = false;

	constructor(page: FakePage) {
		page.addEventListener('visibilitychange', () => {
			if (page.visibilityState === 'hidden') for (const lock of this.locks) void lock.release();
		});
	}

	get held(): number {
		return this.locks.filter(({ released }) => !released).length;
	}

	async request(): Promise<FakeLock> {
		await Promise.resolve();
		if (this.refuses) throw new DOMException('the battery is low', 'NotAllowedError');
		const lock = new FakeLock();
		this.locks.push(lock);
		return lock;
	}
}

class FakeLock {
	released = false;

	release(): Promise<void> {
		this.released = true;
		return Promise.resolve();
	}
}
