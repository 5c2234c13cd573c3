// SvelteKit 3 builds with one thing that Node 20 does not have; this gives it that.
// Delete this file, and its mentions in package.json, when Node 22 is the oldest we build with.
Promise.withResolvers ??= function () {
	let resolve, reject;
	const promise = new this((...settle) => ([resolve, reject] = settle));
	return { promise, resolve, reject };
};
