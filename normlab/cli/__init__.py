"""The command line: `normlab train | list | show | evaluate | verify | ...`, one file a command."""
