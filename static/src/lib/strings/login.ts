/** What the page says that asks for the viewers' password. */

export const login = {
	login: {
		title: 'Sign in',
		lead: 'This f1stream asks its viewers for a password.',
		password: 'Password',
		show: 'Show the password',
		submit: 'Sign in',
		busy: 'Signing in…',
		wrong: 'That is not the password. Try it again.',
		tooOften: 'That was tried too often. Wait a moment, then try again.'
	}
};
