"""What all pages share: the address, the session, what the browser keeps, controls, charts, how a page looks."""
