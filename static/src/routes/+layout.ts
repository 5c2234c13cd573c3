// A single-page app: the server sends the same index.html for every page of it.
export const ssr = false;
