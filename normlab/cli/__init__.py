"""The command line: `normlab train | list | show | verify | fetch | doctor | rebuild`, one file a command."""
