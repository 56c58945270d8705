"""Tests of the server over real sockets, with the standard library alone."""
