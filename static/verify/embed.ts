import { Picture } from './picture.ts';
import type { PictureKind } from './report.ts';

// What the app lets an embed do. It can't leave its frame, open, ask or save anything.
const SANDBOX = 'allow-scripts allow-same-origin';
const ALLOWED = 'autoplay; fullscreen; encrypted-media; picture-in-picture';

const picture = new Picture();

/** Shows another site's page in a frame, over the whole of this one. */
export function embed(url: string): void {
	const frame = document.createElement('iframe');
	frame.setAttribute('sandbox', SANDBOX);
	frame.allow = ALLOWED;
	frame.referrerPolicy = 'no-referrer';
	frame.width = String(innerWidth);
	frame.height = String(innerHeight);
	frame.style.border = 'none';
	document.body.style.margin = '0';
	document.body.append(frame);
	frame.src = url;
}

/** Looks at a JPEG of what is shown, base64: only from outside can it be seen. */
export async function look(jpeg: string): Promise<PictureKind> {
	const bytes = Uint8Array.from(atob(jpeg), (character) => character.charCodeAt(0));
	const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
	picture.look(bitmap, bitmap.width, bitmap.height, performance.now());
	bitmap.close();
	return picture.kind;
}

/** The last of them, made small. */
export const preview = (): Promise<string> => picture.jpeg();
