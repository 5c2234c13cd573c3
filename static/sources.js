// @ts-nocheck Node's own types would also stand in the app, which runs in a browser.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SETTINGS = ['package-lock.json', 'vite.config.ts', 'vite.verify.config.ts'];

/**
 * The app's version, by which an open page knows that a newer one is served: equal sources have the
 * same, whenever and wherever they are built.
 * @returns {string}
 */
export function versionOfSources() {
	const hash = createHash('sha256');
	for (const file of [...SETTINGS, ...sources()])
		hash.update(file).update('\0').update(readFileSync(file)).update('\0');
	return hash.digest('hex').slice(0, 16);
}

function sources() {
	return ['src', 'static', 'verify']
		.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.toSorted();
}
