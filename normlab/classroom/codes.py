"""What lets somebody into a class: the code on the wall, the console's secret, a student's token."""

import hashlib
import secrets

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 symbols: none that is taken for another (I, O, 0, 1)."""
LENGTH = 6
_SECRET_BYTES = 32


def new_code() -> str:
    """One of 32^6, a billion."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def new_secret() -> str:
    """256 random bits, as a text for an address or a header: the console's secret, or a student's token."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def read_code(typed: str) -> str | None:
    """The code as it was given, from what somebody typed, in small letters, with blanks or hyphens; else None."""
    if len(typed) > 4 * LENGTH:
        return None
    code = "".join(letter for letter in typed.upper() if not letter.isspace() and letter != "-")
    return code if len(code) == LENGTH and all(letter in LETTERS for letter in code) else None


def digest(secret: str) -> bytes:
    """What is kept of a secret: a random text of this length needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
