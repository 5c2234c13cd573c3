import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { versionOfSources } from './sources.js';
import { elements } from './src/lib/player/elements.ts';

// What the Python server answers; every other path is a page of this app.
const api =
	'^/(streams|proxy|relay|extractors|extract|health|ready|schedule|events|session|logout|openapi)(?=[/.?]|$)';

/**
 * SvelteKit hides its announcer of page changes with a style attribute, which the server's
 * Content-Security-Policy refuses. app.css hides it instead.
 */
function announcerWithoutStyleAttribute(): Plugin {
	return {
		name: 'announcer-without-style-attribute',
		enforce: 'pre',
		transform(code, id) {
			if (!id.endsWith('/kit/src/runtime/components/root.svelte')) return null;
			const plain = code.replace(/(id="svelte-announcer"[^>]*?)\sstyle="[^"]*"/, '$1');
			if (plain === code) this.error('the announcer has changed: is this plugin still needed?');
			return { code: plain, map: null };
		}
	};
}

/**
 * Tells the server which styles the controls of media-chrome write into their shadow roots, so that
 * its Content-Security-Policy can allow these and no others: `style-hashes.json`.
 */
function hashesOfStyles(): Plugin {
	return {
		name: 'hashes-of-styles',
		applyToEnvironment: ({ name }) => name === 'client',
		async generateBundle() {
			const html = elements.map((element) => element.getTemplateHTML({})).join('');
			const styles = [...html.matchAll(/<style[^>]*>(.*?)<\/style>/gs)].map(
				([, style]) => style ?? ''
			);
			const hashes = await Promise.all(styles.map(sha256));
			const source = JSON.stringify([...new Set(hashes)].toSorted());
			this.emitFile({ type: 'asset', fileName: 'style-hashes.json', source });
		}
	};
}

async function sha256(text: string): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
	return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

export default defineConfig({
	plugins: [
		announcerWithoutStyleAttribute(),
		hashesOfStyles(),
		sveltekit({
			compilerOptions: { runes: true },
			adapter: adapter({ fallback: 'index.html', precompress: true }),
			// The fallback page answers for every depth of path, so it cannot name its assets relatively.
			paths: { relative: false },
			version: { name: versionOfSources() }
		})
	],
	// hls.js is that large, and is loaded only when a player opens.
	build: { chunkSizeWarningLimit: 600 },
	server: { proxy: { [api]: 'http://127.0.0.1:8000' } },
	test: { include: ['{src,verify}/**/*.test.ts'] }
});
