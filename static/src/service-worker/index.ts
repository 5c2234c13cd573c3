/**
 * Opens the app without a network: the page, and the files that it is made of. What the server
 * says and what it plays never goes through here.
 */
import { self } from '$app/service-worker';
import { version } from '$app/env';

const CACHE = `shell-${version}`;
const PAGE = '/';
const FILES = '/_app/immutable/';
// The server's own, where a browser can be led to: no page of the app.
const SERVED =
	/^\/(streams|proxy|relay|extractors|health|ready|schedule|events|metrics|session|openapi|verify)([/.]|$)/;

self.addEventListener('install', (event) => {
	event.waitUntil(install());
});

self.addEventListener('activate', (event) => {
	event.waitUntil(activate());
});

self.addEventListener('message', (event) => {
	event.waitUntil(keep((event.data as string[]).filter((url) => isFile(new URL(url)))));
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== 'GET' || url.origin !== location.origin) return;
	if (request.mode === 'navigate' && !SERVED.test(url.pathname)) event.respondWith(page(request));
	else if (isFile(url)) event.respondWith(file(request));
});

async function install(): Promise<void> {
	const cache = await caches.open(CACHE);
	await cache.add(new Request(PAGE, { cache: 'reload', headers: { Accept: 'text/html' } }));
	await self.skipWaiting();
}

async function activate(): Promise<void> {
	const names = await caches.keys();
	await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
	await self.clients.claim();
}

/** Each on its own: one that cannot be had is no reason to miss the others. */
async function keep(urls: string[]): Promise<void> {
	const cache = await caches.open(CACHE);
	await Promise.allSettled(
		urls.map(async (url) => (await cache.match(url)) ?? (await cache.add(url)))
	);
}

/** From the network while there is one: it may be a newer app. */
async function page(request: Request): Promise<Response> {
	try {
		return await fetch(request);
	} catch (error) {
		const kept = await caches.match(PAGE);
		if (kept) return kept;
		throw error;
	}
}

/** Their names hold a hash of their content: what was kept is what the network would send. */
async function file(request: Request): Promise<Response> {
	return (await caches.match(request)) ?? fetch(request);
}

function isFile(url: URL): boolean {
	return url.origin === location.origin && url.pathname.startsWith(FILES);
}
