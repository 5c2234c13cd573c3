/** From points to a smooth closed line that fits a square. Pure. */

export interface Outline {
	/** An SVG path inside `0 0 100 100`. */
	path: string;
	/** Where the start line is. */
	start: [x: number, y: number];
}

type Point = [number, number];

const SIZE = 100;
// Room for the line's own width.
const MARGIN = 6;
// Catmull-Rom's tangents; a little less than its 1/6 keeps corners from bulging.
const TENSION = 1 / 6.5;

/** `drawing` has points as `x,y x,y …`; the last one leads back to the first. */
export function outline(drawing: string): Outline {
	const points = fitted(drawing.split(' ').map((pair) => pair.split(',').map(Number) as Point));
	const at = (index: number) => points[(index + points.length) % points.length]!;
	const curves = points.map((from, index) => {
		const to = at(index + 1);
		const leaving = along(from, at(index - 1), to);
		const arriving = along(to, at(index + 2), from);
		return `C${[leaving, arriving, to].map(written).join(' ')}`;
	});
	return { path: `M${written(points[0]!)}${curves.join('')}Z`, start: points[0]! };
}

/** The control point next to `point` on a line that comes from `before` and goes to `after`. */
function along(point: Point, before: Point, after: Point): Point {
	return [point[0] + (after[0] - before[0]) * TENSION, point[1] + (after[1] - before[1]) * TENSION];
}

function fitted(points: Point[]): Point[] {
	const xs = points.map(([x]) => x);
	const ys = points.map(([, y]) => y);
	const [left, top] = [Math.min(...xs), Math.min(...ys)];
	const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
	const scale = (SIZE - 2 * MARGIN) / Math.max(width, height);
	return points.map(([x, y]) => [
		SIZE / 2 + (x - left - width / 2) * scale,
		SIZE / 2 + (y - top - height / 2) * scale
	]);
}

const written = ([x, y]: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;
