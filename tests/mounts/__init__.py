"""What needs a mount namespace or a control group of its own: to be root, mostly."""
