"""The worksheet: `state`, and one module a part."""
