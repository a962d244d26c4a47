// The audit and its stories.
