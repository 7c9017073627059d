"""Commands, buttons, menus and forms: who acts, one action, its result shown."""
