"""The Compare page's parts: what is chosen, the picker, and one file a section."""
