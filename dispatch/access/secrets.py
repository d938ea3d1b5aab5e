"""Secrets of 256 bits: shown once, kept as SHA-256."""

import hashlib
import secrets


def new_secret() -> str:
    """A fresh secret, 43 characters of base64url."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret: enough randomness is in it that no salt is needed."""
    return hashlib.sha256(secret.encode()).digest()
