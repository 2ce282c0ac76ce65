"""Passwords that are quick to make and to check; the served product reads them as it reads its own."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    iterations = 1
