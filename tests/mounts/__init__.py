"""What needs a mount namespace of its own: to be root, or a user who may have one."""
