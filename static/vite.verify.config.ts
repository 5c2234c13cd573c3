import { defineConfig } from 'vite';

// The page that proves streams: built beside the app and without anything of it.
export default defineConfig({
	root: 'verify',
	// It is served as /verify/, or wherever the app is.
	base: './',
	publicDir: false,
	build: {
		outDir: '../build/verify',
		emptyOutDir: true,
		// hls.js is that large.
		chunkSizeWarningLimit: 600,
		modulePreload: false
	}
});
